import type { RingMemory } from '../mempool/ring-memory.js';
import { RecordReader } from '../mempool/ring.js';
import { PACKET_MS } from './limits.js';

export interface CopiesOutEvents {
  /** Takes one packet, or says that too much waits already. The bytes are good until the call returns. */
  hear(frame: number, data: Uint8Array): boolean;
  /** Frames that the listener did not get, told once it keeps up again. */
  dropped(frames: number): void;
}

/** A listener by copies: takes what the engine recorded out of the ring, a packet at a time. */
export class CopiesOut {
  droppedFrames = 0;
  readonly #reader: RecordReader;
  readonly #packet: Uint8Array;
  readonly #packetFrames: number;
  readonly #events: CopiesOutEvents;
  /** Position of the next packet, what was lost included. */
  #frame = 0;
  #untoldDropped = 0;

  constructor(memory: RingMemory, rate: number, quantumFrames: number, events: CopiesOutEvents) {
    this.#reader = new RecordReader(memory, quantumFrames);
    this.#packetFrames = Math.ceil((rate * PACKET_MS) / 1000);
    this.#packet = new Uint8Array(this.#packetFrames * memory.frameBytes);
    this.#events = events;
  }

  pump(): void {
    while (this.#reader.available() >= this.#packetFrames) {
      const lostBefore = this.#reader.lostFrames;
      const frames = this.#reader.read(this.#packet);
      const lost = this.#reader.lostFrames - lostBefore;
      this.#frame += lost;
      this.#drop(lost);
      if (frames === 0) return;
      const taken = this.#events.hear(this.#frame, this.#packet.subarray(0, (this.#packet.length / this.#packetFrames) * frames));
      this.#frame += frames;
      if (!taken) this.#drop(frames);
      else if (this.#untoldDropped > 0) this.#tell();
    }
  }

  #drop(frames: number): void {
    this.droppedFrames += frames;
    this.#untoldDropped += frames;
  }

  #tell(): void {
    this.#events.dropped(this.#untoldDropped);
    this.#untoldDropped = 0;
  }
}
