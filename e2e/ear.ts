import type { Weir } from '../native-shim/client/index.js';
import { samplesOfBytes } from './tone.js';

const SPEC = { format: 's16', rate: 48_000, channels: 2 } as const;
const FRAME_BYTES = 4;

/** The next `seconds` of what an output plays, interleaved s16 stereo; `lostFrames`: this process was too slow for them. */
export async function hear(
  weir: Weir,
  output: string,
  seconds: number,
): Promise<{ samples: Int16Array; lostFrames: number }> {
  const ear = await weir.record({ name: 'ear', device: `${output}.monitor`, ...SPEC, latencyMs: 100 });
  const wantedBytes = Math.round(seconds * SPEC.rate) * FRAME_BYTES;
  const chunks: Uint8Array[] = [];
  let gotBytes = 0;
  for await (const bytes of ear) {
    chunks.push(bytes.slice());
    gotBytes += bytes.length;
    if (gotBytes >= wantedBytes) break;
  }
  await ear.close();
  const samples = samplesOfBytes(new Uint8Array(Buffer.concat(chunks)).subarray(0, wantedBytes));
  return { samples, lostFrames: ear.lostFrames };
}
