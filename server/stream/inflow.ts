import type { Skew } from '../engine/drift/fastest-line.js';
import type { Charge } from '../mempool/quota.js';
import type { WeirError } from '../observe/errors.js';

/** What a packet says of itself, beside its sound. */
export interface PacketNotes {
  /** When its first frame was captured, in µs of our own monotonic clock; 0 is unknown. */
  readonly captureUs: number;
  /** It was missed before. */
  readonly again: boolean;
  /** What its sender claims to know of the clock that makes the frames. */
  readonly skew: Skew | undefined;
}

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
  /** Sound that came as a packet. `frame`: its position. The bytes are good until the call returns. */
  receive(frame: number, data: Uint8Array, notes: PacketNotes): WeirError | undefined;
  /** How far the sender may run ahead of the engine. */
  setWindow(windowFrames: number): void;
  /** Called every PUMP_INTERVAL_MS. */
  pump(nowMs: number): void;
  close(): void;
}
