/** When the device plays what: the same for all streams of a quantum. */
export interface QuantumTime {
  nowNs: number;
  /** When this quantum is mixed by the device's own pace: `nowNs` without the thread's lateness. */
  steadyNs: number;
  /** For so long the device played nothing before this quantum: it had run dry. */
  standstillNs: number;
  /** The device's frame in CLOCK_MONOTONIC, as measured. */
  nsPerFrame: number;
  /** Frames of the output from the mix to the speaker, the limiter's look-ahead included. */
  delayFrames: number;
  /** Frames of the output mixed before this quantum. */
  mixedFrames: number;
  /** Frames of the output that have left the device. */
  playedFrames: number;
  quantumFrames: number;
}
