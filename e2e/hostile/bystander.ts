/**
 * Somebody who plays in peace: counted frames into a device until standard input ends, then drains and says how it went.
 * argv: the server's socket, the device, the wanted latency in ms.
 */
import { connect } from '../../native-shim/client/index.js';
import { COUNTER, counterFrames } from '../counter.js';

const CHUNK_FRAMES = 4800;

export interface BystanderReport {
  frames: number;
  underruns: number;
  starvedFrames: number;
  /** What it was told of its stream. */
  news: string[];
}

async function main(): Promise<void> {
  const [, , socket, device, latencyMs] = process.argv;
  const weir = await connect({ name: 'bystander', socket });
  const stream = await weir.play({ ...COUNTER, name: 'counter', device, latencyMs: Number(latencyMs) });
  const news: string[] = [];
  stream.onNews(({ kind, device: to }) => news.push(`${kind} ${to}`.trim()));
  const over = new AbortController();
  process.stdin.on('end', () => over.abort()).resume();
  let frames = 0;
  for (; !over.signal.aborted; frames += CHUNK_FRAMES) await stream.write(counterFrames(frames + 1, CHUNK_FRAMES));
  await stream.drain();
  const { underruns = -1, starvedFrames = -1 } = stream.status() ?? {};
  process.stdout.write(JSON.stringify({ frames, underruns, starvedFrames, news } satisfies BystanderReport));
  weir.close();
}

await main();
