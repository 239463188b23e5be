import { amplitudeOf, samplesOfBytes } from '../tone.js';

/** The tone that programs play. */
export const HZ = 1000;
export const LEVEL = 0.25;

/** How loud that tone is in the middle half of s16 stereo frames: what is at their ends may be cut. */
export function loudness(sound: Buffer, rate = 48_000): number {
  const frames = sound.length >> 2;
  const middle = sound.subarray((frames >> 2) * 4, (frames - (frames >> 2)) * 4);
  return amplitudeOf(HZ, samplesOfBytes(new Uint8Array(middle)), rate);
}
