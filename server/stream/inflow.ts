import type { Charge } from '../mempool/quota.js';
import type { WeirError } from '../observe/errors.js';

/** What fills a playback stream's ring from its client's packets: CopiesIn (granted) or LiveIn (live). */
export interface Inflow {
  /** Frames since open that the sender may send; 0 where it asks nobody. */
  readonly granted: number;
  /** Position after the last packet: where the next one should begin. */
  readonly nextFrame: number;
  readonly droppedFrames: number;
  /** Taken, and not yet in the ring. */
  readonly pendingFrames: number;
  /** Of its own memory, beside the ring. */
  readonly charge?: Charge | undefined;
  /**
   * Sound that came as a packet. `frame`: its position; `captureUs`: when its first frame was captured, in µs of our own
   * monotonic clock, 0 where that is unknown; `again`: it was missed before. The bytes are good until the call returns.
   */
  receive(frame: number, data: Uint8Array, captureUs: number, again: boolean): WeirError | undefined;
  /** How far the sender may run ahead of the engine. */
  setWindow(windowFrames: number): void;
  /** Called every PUMP_INTERVAL_MS. */
  pump(nowMs: number): void;
  close(): void;
}
