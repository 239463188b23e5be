import type { RingMemory } from '../mempool/ring-memory.js';
import { RecordReader } from '../mempool/ring.js';
import { DROPS_TOLD_INTERVAL_MS, PACKET_MS } from './limits.js';

export interface CopiesOutEvents {
  /** Takes one packet, or says that too much waits already. The bytes are good until the call returns. */
  hear(frame: number, data: Uint8Array): boolean;
  /** Frames that the listener did not get, told once it keeps up again, at most every DROPS_TOLD_INTERVAL_MS. */
  dropped(frames: number): void;
}

/** A listener by copies: takes what the engine recorded out of the ring, a packet at a time. */
export class CopiesOut {
  readonly #reader: RecordReader;
  readonly #packet: Uint8Array;
  readonly #packetFrames: number;
  readonly #frameBytes: number;
  readonly #events: CopiesOutEvents;
  #refusedFrames = 0;
  #toldFrames = 0;
  #toldAtMs = -Infinity;

  constructor(memory: RingMemory, rate: number, quantumFrames: number, events: CopiesOutEvents) {
    this.#reader = new RecordReader(memory, quantumFrames);
    this.#packetFrames = Math.ceil((rate * PACKET_MS) / 1000);
    this.#frameBytes = memory.frameBytes;
    this.#packet = new Uint8Array(this.#packetFrames * memory.frameBytes);
    this.#events = events;
  }

  /** Overwritten before it was taken, or taken and refused. */
  get droppedFrames(): number {
    return this.#reader.lostFrames + this.#refusedFrames;
  }

  setQuantum(frames: number): void {
    this.#reader.quantumFrames = frames;
  }

  pump(nowMs: number): void {
    let keepsUp = true;
    while (keepsUp && this.#reader.available() >= this.#packetFrames) {
      const frames = this.#reader.read(this.#packet);
      if (frames === 0) return;
      // The reader counts what was lost before these as passed.
      const frame = this.#reader.frames - frames;
      keepsUp = this.#events.hear(frame, this.#packet.subarray(0, frames * this.#frameBytes));
      if (!keepsUp) this.#refusedFrames += frames;
    }
    if (keepsUp) this.#tell(nowMs);
  }

  #tell(nowMs: number): void {
    const frames = this.droppedFrames - this.#toldFrames;
    if (frames === 0 || nowMs - this.#toldAtMs < DROPS_TOLD_INTERVAL_MS) return;
    this.#events.dropped(frames);
    this.#toldFrames += frames;
    this.#toldAtMs = nowMs;
  }
}
