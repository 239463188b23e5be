import { samplesOf } from './wav.js';

/** s16 stereo: a frame is four bytes, so that it can hold its own number. */
export const COUNTER = { format: 's16', rate: 48_000, channels: 2 } as const;
export const FRAME_BYTES = 4;

/** Frames that count from `first` on; the first of all is 1, since 0 is silence. */
export function counterFrames(first: number, frames: number): Uint8Array {
  return new Uint8Array(Uint32Array.from({ length: frames }, (_, i) => first + i).buffer);
}

/** Frames that follow one another: `at` in the recording, `first` by what they say themselves. */
export interface Run {
  readonly at: number;
  readonly first: number;
  readonly frames: number;
}

/** The counted runs of a recording, without the silence between them. Whatever is lost, doubled or changed begins a new one. */
export function runsOf(recording: Uint8Array): Run[] {
  const numbers = new Uint32Array(Uint8Array.from(recording).buffer, 0, Math.floor(recording.length / FRAME_BYTES));
  const runs: Run[] = [];
  for (let at = 0; at < numbers.length;) {
    const first = numbers[at] ?? 0;
    let end = at + 1;
    while (end < numbers.length && numbers[end] === (first === 0 ? 0 : first + end - at)) end++;
    if (first !== 0) runs.push({ at, first, frames: end - at });
    at = end;
  }
  return runs;
}

export function runsOfWav(path: string): Run[] {
  return runsOf(samplesOf(path));
}
