import type { RingMemory } from '../mempool/ring-memory.js';
import { emptyStatus, RecordReader, StatusReader } from '../mempool/ring.js';
import { DROPS_TOLD_INTERVAL_MS, PACKET_MS } from './limits.js';

export interface CopiesOutEvents {
  /**
   * Takes one packet, or says that too much waits already. The bytes are good until the call returns.
   * `captureUs`: when its first frame was mixed, in µs of CLOCK_MONOTONIC; 0 is unknown.
   */
  hear(frame: number, data: Uint8Array, captureUs: number): boolean;
  /** Frames that the listener did not get, told once it keeps up again, at most every DROPS_TOLD_INTERVAL_MS. */
  dropped(frames: number): void;
}

/** A listener by copies: takes what the engine recorded out of the ring, a packet at a time. */
export class CopiesOut {
  readonly #reader: RecordReader;
  readonly #statusPage: StatusReader;
  readonly #status = emptyStatus();
  readonly #rate: number;
  readonly #packet: Uint8Array;
  readonly #packetFrames: number;
  readonly #frameBytes: number;
  readonly #events: CopiesOutEvents;
  #refusedFrames = 0;
  #toldFrames = 0;
  #toldAtMs = -Infinity;

  constructor(memory: RingMemory, rate: number, quantumFrames: number, events: CopiesOutEvents) {
    this.#reader = new RecordReader(memory, quantumFrames);
    this.#statusPage = new StatusReader(memory);
    this.#rate = rate;
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
      const bytes = this.#packet.subarray(0, frames * this.#frameBytes);
      keepsUp = this.#events.hear(frame, bytes, this.#captureUs(frame));
      if (!keepsUp) this.#refusedFrames += frames;
    }
    if (keepsUp) this.#tell(nowMs);
  }

  /** From the engine's own word: which frame it had come to, and when. */
  #captureUs(frame: number): number {
    const status = this.#status;
    if (!this.#statusPage.read(status) || status.timeNs === 0) return 0;
    return Math.round(status.timeNs / 1e3 - ((status.frame - frame) * 1e6) / this.#rate);
  }

  #tell(nowMs: number): void {
    const frames = this.droppedFrames - this.#toldFrames;
    if (frames === 0 || nowMs - this.#toldAtMs < DROPS_TOLD_INTERVAL_MS) return;
    this.#events.dropped(frames);
    this.#toldFrames += frames;
    this.#toldAtMs = nowMs;
  }
}
