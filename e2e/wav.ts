import { readFileSync, writeFileSync } from 'node:fs';
import type { FrameSpec } from '../server/device/output-driver.js';
import { frameBytesOf, wavHeader } from '../server/device/wav-header.js';

/** Noise that never repeats and never is silent, so that a lost, doubled or swapped frame shows anywhere. */
export function noise(spec: FrameSpec, seconds: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(Math.round(spec.rate * seconds) * frameBytesOf(spec));
  let state = seed;
  for (let at = 0; at < bytes.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = (state >>> 24) | 1;
  }
  return bytes;
}

export function writeWav(path: string, spec: FrameSpec, frames: Uint8Array): void {
  writeFileSync(path, Buffer.concat([wavHeader(spec, frames.length), frames]));
}

/** The samples of a WAV that Weir wrote. */
export function samplesOf(path: string): Buffer {
  const bytes = readFileSync(path);
  const data = bytes.indexOf('data', 12, 'latin1');
  return bytes.subarray(data + 8, data + 8 + bytes.readUInt32LE(data + 4));
}
