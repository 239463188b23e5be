import { CHANNELS, LISTEN_LIMITS } from '../limits.js';
import { SharedRing } from '../shared-ring.js';
import type { Schedule } from './playout.js';

/** Words before a packet's frames: where it belongs, and what was known of the clocks when it came. */
export interface PacketHead extends Schedule {
  /** Counts the stream's lives: frames of another one have nothing to do with this one's. */
  readonly life: number;
  readonly frame: number;
}

/** Memory of the way from the worker to the worklet, where it can be shared. */
export interface QueueMemory {
  readonly heads: SharedArrayBuffer;
  readonly samples: SharedArrayBuffer;
}

/** What the worker says to the worklet where they share no memory. */
export interface PacketMessage {
  readonly head: PacketHead;
  readonly samples: Float32Array;
}

const HEADS = LISTEN_LIMITS.queuedPackets;
/** Counters, a cache line apart: packets written and read, and the context frame that was asked for last. */
const WRITTEN = 0;
const READ = 16;
const ASKED = 32;
const COUNTER_BYTES = 256;
const HEAD_WORDS = 7;

export const queueMemory = (): QueueMemory => ({
  heads: new SharedArrayBuffer(COUNTER_BYTES + HEADS * HEAD_WORDS * 8),
  samples: new SharedArrayBuffer(SharedRing.bytesFor(CHANNELS, LISTEN_LIMITS.queuedFrames)),
});

/**
 * Packets from one thread to another in shared memory, and the frame that the reader's clock has come to on the way back.
 * Each side makes one of these over the same memory.
 */
export class PacketQueue {
  readonly #counters: Int32Array;
  readonly #heads: Float64Array;
  readonly #ring: SharedRing;
  readonly #packet = new Float32Array(LISTEN_LIMITS.packetFrames * CHANNELS);

  constructor({ heads, samples }: QueueMemory) {
    this.#counters = new Int32Array(heads, 0, COUNTER_BYTES / 4);
    this.#heads = new Float64Array(heads, COUNTER_BYTES);
    this.#ring = new SharedRing(samples, CHANNELS);
  }

  /** The worker's: false where the reader has not taken what came before. */
  write({ life, frame, contextFrame, streamFrame, rates, targetFrames }: PacketHead, samples: Float32Array): boolean {
    const frames = samples.length / CHANNELS;
    const written = Atomics.load(this.#counters, WRITTEN);
    const waiting = (written - Atomics.load(this.#counters, READ)) >>> 0;
    if (frames > LISTEN_LIMITS.packetFrames || waiting >= HEADS || this.#ring.freeFrames < frames) return false;
    this.#ring.write(samples);
    this.#heads.set([life, frame, frames, contextFrame, streamFrame, rates, targetFrames], this.#slot(written));
    Atomics.add(this.#counters, WRITTEN, 1);
    return true;
  }

  /** The worklet's: brings everything that came to `take`; the samples are good until it returns. */
  read(take: (head: PacketHead, samples: Float32Array) => void): void {
    while (Atomics.load(this.#counters, READ) !== Atomics.load(this.#counters, WRITTEN)) {
      const at = this.#slot(Atomics.load(this.#counters, READ));
      const word = (offset: number): number => this.#heads[at + offset] ?? 0;
      const samples = this.#packet.subarray(0, word(2) * CHANNELS);
      this.#ring.read(samples);
      const schedule = { contextFrame: word(3), streamFrame: word(4), rates: word(5), targetFrames: word(6) };
      take({ life: word(0), frame: word(1), ...schedule }, samples);
      Atomics.add(this.#counters, READ, 1);
    }
  }

  /** The worklet's: it was asked for frame `contextFrame`. */
  asked(contextFrame: number): void {
    Atomics.store(this.#counters, ASKED, contextFrame);
    Atomics.notify(this.#counters, ASKED);
  }

  /** The worker's: settles with the frame asked for last, modulo 2^32, once it is another than `seen`, or at `wake`. */
  async whenAsked(seen: number): Promise<number> {
    const wait = Atomics.waitAsync(this.#counters, ASKED, seen);
    if (wait.async) await wait.value;
    return Atomics.load(this.#counters, ASKED);
  }

  /** The worker's: nobody needs to be asked any more. */
  wake(): void {
    Atomics.notify(this.#counters, ASKED);
  }

  #slot(packet: number): number {
    return ((packet >>> 0) % HEADS) * HEAD_WORDS;
  }
}
