import { readFileSync } from 'node:fs';
import wavefile from 'wavefile';

/** A WAV as a library that knows nothing of us reads it: its format, and the bytes of its frames. */
export function readWav(path: string): { fmt: object; frames: Buffer } {
  const { fmt, data } = new wavefile.WaveFile(readFileSync(path));
  if (!('samples' in data && data.samples instanceof Uint8Array)) throw new Error(`${path} has no samples`);
  if (!('chunkSize' in data && typeof data.chunkSize === 'number')) throw new Error(`${path} has no size`);
  return { fmt, frames: Buffer.from(data.samples).subarray(0, data.chunkSize) };
}
