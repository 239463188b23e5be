import type { RecordStream, Weir } from '../../../native-shim/client/index.js';
import type { FrameSpec } from '../../device/output-driver.js';
import { WavFile } from '../../device/wav-file.js';
import { WeirError } from '../../observe/errors.js';
import { interrupted } from '../interrupt.js';
import { warn } from '../outcome.js';
import { clockTime, startProgress } from '../progress.js';
import { chooseSource } from '../record-source.js';
import { type ServerOptions, withServer } from '../server-session.js';

/** The file's header is made right this often, so that even a killed recording keeps all but its last moment. */
const SETTLE_MS = 1000;
const METERS_HZ = 10;

export interface RecordFlags extends ServerOptions {
  readonly source?: string;
  readonly seconds?: number;
  readonly latency?: number;
}

/** Records into a WAV in the device's own format until `--seconds` are full or somebody asks to stop. */
export async function record(path: string, flags: RecordFlags): Promise<void> {
  await withServer('weir record', flags, (weir) => recordInto(weir, path, flags));
}

async function recordInto(weir: Weir, path: string, flags: RecordFlags): Promise<void> {
  const { name: device, format, rate, channels } = chooseSource(await weir.snapshot(), flags.source);
  const spec: FrameSpec = { format, rate, channels };
  const latency = flags.latency === undefined ? {} : { latencyMs: flags.latency };
  const stream = await weir.record({ ...spec, ...latency, name: `to ${path}`, device });
  const file = writing(path, () => new WavFile(path, spec));
  const end = showProgress(weir, stream, device, spec.rate);
  const limitFrames = flags.seconds === undefined ? Infinity : Math.round(flags.seconds * spec.rate);
  // Closing the stream ends the iteration with all that had come by then.
  void interrupted().then(() => stream.close());
  try {
    await fillFile(stream, file, path, limitFrames);
  } finally {
    end();
    writing(path, () => file.close());
    await stream.close();
  }
  if (stream.lostFrames > 0) warn(`${stream.lostFrames} frames were lost: this machine was too busy to take them`);
}

async function fillFile(stream: RecordStream, file: WavFile, path: string, limitFrames: number): Promise<void> {
  let leftFrames = limitFrames;
  let settledMs = performance.now();
  for await (const chunk of stream) {
    const frames = Math.min(chunk.length / stream.frameBytes, leftFrames);
    writing(path, () => file.append(chunk.subarray(0, frames * stream.frameBytes)));
    leftFrames -= frames;
    if (leftFrames === 0) return;
    if (performance.now() - settledMs < SETTLE_MS) continue;
    writing(path, () => file.settle());
    settledMs = performance.now();
  }
}

/** Time and level on a terminal; what it returns ends that. */
function showProgress(weir: Weir, stream: RecordStream, device: string, rate: number): () => void {
  const progress = startProgress(`recording ${device}`);
  if (progress.silent) return () => {};
  const showing = weir.meters(METERS_HZ, ({ streams }) => {
    const peak = Math.max(0, ...(streams.get(stream.stream)?.peak ?? []));
    const level = peak > 0 ? `${(20 * Math.log10(peak)).toFixed(1)} dB` : 'silence';
    progress.show(undefined, stream.readFrames / rate, level);
  });
  // Without levels the recording is as good; the connection's end is told by the stream.
  showing.catch(() => {});
  return () => {
    progress.end();
    process.stderr.write(`recorded ${clockTime(stream.readFrames / rate)}\n`);
  };
}

function writing<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new WeirError(
      'FILE_FAILED',
      `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
