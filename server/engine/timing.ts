import type { FrameSpec } from '../device/output-driver.js';
import { LOOK_AHEAD_FRAMES } from './limits.js';

/** Frames of one rate as frames of another, rounded up. */
function framesAt(rate: number, frames: number, ofRate: number): number {
  return rate === ofRate ? frames : Math.ceil((frames * rate) / ofRate);
}

export interface StreamTiming {
  /** The output's quantum in frames of the stream. */
  quantumFrames: number;
  /** What the client keeps in the ring: its wanted latency less the limiter's look-ahead, and never less than it takes to go on. */
  fillFrames: number;
  /** What must be there before it starts. */
  startFrames: number;
}

/**
 * What is written behind the last frames before a whole number of quanta is pushed past them by the limiter's look-ahead:
 * heard a quantum later, while the client has no more time than with some frames less. So those are left out.
 */
function usefulFill(frames: number, quantumFrames: number, lookAheadFrames: number): number {
  const excess = (frames % quantumFrames) - (quantumFrames - lookAheadFrames) + 1;
  return frames > quantumFrames && excess > 0 ? frames - excess : frames;
}

/** What a stream's wanted latency (in its own frames, 0: no wish) means at the output's present quantum. */
export function streamTiming(
  latencyFrames: number,
  stream: FrameSpec,
  deviceRate: number,
  deviceQuantumFrames: number,
  capacityFrames: number,
): StreamTiming {
  const quantumFrames = framesAt(stream.rate, deviceQuantumFrames, deviceRate);
  const lookAheadFrames = framesAt(stream.rate, LOOK_AHEAD_FRAMES, deviceRate);
  // A client that has just been woken by a quantum has until the next one: half a quantum beyond it is the least that holds.
  const leastFrames = Math.ceil(quantumFrames * 1.5);
  const wanted = latencyFrames === 0 ? quantumFrames * 4 : latencyFrames - lookAheadFrames;
  const fillFrames = Math.min(
    usefulFill(Math.max(wanted, leastFrames), quantumFrames, lookAheadFrames),
    capacityFrames,
  );
  return { quantumFrames, fillFrames, startFrames: Math.min(fillFrames, Math.max(quantumFrames * 2, leastFrames)) };
}
