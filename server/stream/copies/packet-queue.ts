import type { Skew } from '../../engine/drift/fastest-line.js';
import { PlaybackReader, PlaybackWriter } from '../../mempool/ring.js';
import { type RingMemory, sampleBytes } from '../../mempool/ring-memory.js';

/** A packet as it travels from the main thread to the copies thread. */
export interface QueuedPacket {
  /** Position of its first frame. */
  readonly frame: number;
  /** When it came, CLOCK_MONOTONIC. */
  readonly arrivalNs: number;
  readonly kind: PacketKind;
  /** What its sender claims to know of the clock that makes the frames. */
  readonly skew?: Skew | undefined;
  readonly data: Uint8Array;
}

/** `again`: it was missed before; `parity`: of the two packets that end at its frame. */
export type PacketKind = (typeof KINDS)[number];
const KINDS = ['first', 'again', 'parity'] as const;

/** Before each packet: its bytes, its frame, its arrival, its kind, its sender's skew and the error of that (0: none), as doubles. */
const HEAD_BYTES = 48;

/**
 * Packets of one stream on their way to the copies thread: a ring of bytes, so that what does not fit is known at once
 * and a flood fills its own stream's queue alone.
 */
export class PacketQueueWriter {
  readonly #ring: PlaybackWriter;
  readonly #head = new Float64Array(HEAD_BYTES / 8);
  readonly #headBytes = new Uint8Array(this.#head.buffer);

  /** @param memory a ring of frames of one byte. */
  constructor(memory: RingMemory) {
    this.#ring = new PlaybackWriter(memory);
  }

  /** False where there is no room for it. */
  put({ frame, arrivalNs, kind, skew, data }: QueuedPacket): boolean {
    if (this.#ring.free() < HEAD_BYTES + data.length) return false;
    this.#head[0] = data.length;
    this.#head[1] = frame;
    this.#head[2] = arrivalNs;
    this.#head[3] = KINDS.indexOf(kind);
    this.#head[4] = skew?.skew ?? 0;
    this.#head[5] = skew?.error ?? 0;
    // The reader looks for whole packets only: a head without its data waits.
    this.#ring.write(this.#headBytes);
    this.#ring.write(data);
    return true;
  }
}

export class PacketQueueReader {
  readonly #ring: PlaybackReader;
  readonly #bytes: Uint8Array;
  readonly #head = new Float64Array(HEAD_BYTES / 8);
  readonly #headBytes = new Uint8Array(this.#head.buffer);
  #sizeBytes = -1;

  constructor(memory: RingMemory) {
    this.#ring = new PlaybackReader(memory);
    this.#bytes = sampleBytes(memory);
  }

  /** The oldest packet, its data copied out; undefined where none is whole. */
  take(): QueuedPacket | undefined {
    if (this.#sizeBytes < 0) {
      if (this.#ring.fill() < HEAD_BYTES) return undefined;
      this.#copy(this.#headBytes);
      this.#sizeBytes = this.#head[0] ?? 0;
    }
    if (this.#ring.fill() < this.#sizeBytes) return undefined;
    const data = new Uint8Array(this.#sizeBytes);
    this.#copy(data);
    this.#sizeBytes = -1;
    const [, frame = 0, arrivalNs = 0, kind = 0, skew = 0, error = 0] = this.#head;
    return { frame, arrivalNs, kind: KINDS[kind] ?? 'first', skew: error > 0 ? { skew, error } : undefined, data };
  }

  #copy(into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = this.#ring.contiguous(into.length - done);
      into.set(this.#bytes.subarray(this.#ring.offset, this.#ring.offset + count), done);
      this.#ring.advance(count);
      done += count;
    }
  }
}
