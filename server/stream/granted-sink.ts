import type { RingMemory } from '../mempool/ring-memory.js';
import { PlaybackWriter } from '../mempool/ring.js';
import type { Charge } from '../mempool/quota.js';

/** Where the packets of a granted stream go: its ring, directly or by way of a decoder. */
export interface GrantedSink {
  readonly capacityFrames: number;
  /** What the sender waits for until it has a whole packet; 0: it may send any number of frames. */
  readonly packetFrames: number;
  /** Taken, and not yet read by the engine. */
  readonly heldFrames: number;
  /** Taken, and not yet in the ring. */
  readonly pendingFrames: number;
  /** Taken and not to be decoded: something else was heard in their place. */
  readonly unreadableFrames: number;
  /** Of its own memory, beside the ring. */
  readonly charge?: Charge | undefined;
  /** Frames that a packet holds; undefined where it cannot be one. */
  framesOf(data: Uint8Array): number | undefined;
  /** Takes a packet's frames from `known` on, as many as there is room for; how many. */
  take(data: Uint8Array, frames: number, known: number): number;
  close(): void;
}

/** PCM is written at once. */
export class PcmSink implements GrantedSink {
  readonly capacityFrames: number;
  readonly packetFrames = 0;
  readonly pendingFrames = 0;
  readonly unreadableFrames = 0;
  readonly #writer: PlaybackWriter;
  readonly #frameBytes: number;

  constructor(memory: RingMemory) {
    this.#writer = new PlaybackWriter(memory);
    this.capacityFrames = memory.capacityFrames;
    this.#frameBytes = memory.frameBytes;
  }

  get heldFrames(): number {
    return this.#writer.fill();
  }

  framesOf(data: Uint8Array): number | undefined {
    const frames = data.length / this.#frameBytes;
    return Number.isInteger(frames) ? frames : undefined;
  }

  take(data: Uint8Array, _frames: number, known: number): number {
    return this.#writer.write(data, known);
  }

  close(): void {}
}
