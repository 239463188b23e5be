import type { RingMemory } from '../../mempool/ring-memory.js';
import { emptyStatus, RecordReader, StatusReader } from '../../mempool/ring.js';
import { OpusEncoder, type OpusSettings } from '../codec/libopus.js';
import type { Tenant, TenantEvents } from './tenant.js';

/** A feed's half on the copies thread: what the engine records into `memory` becomes packets. */
export interface FeedOrder {
  readonly kind: 'feed';
  readonly memory: RingMemory;
  readonly rate: number;
  /** The engine's, at the feed's rate; later ones come with the ring. */
  readonly quantumFrames: number;
  readonly packetFrames: number;
  /** Absent: PCM in the ring's own format. With it the ring holds f32 at OPUS_RATE. */
  readonly opus?: OpusSettings;
}

/** One packet, made once for all listeners. */
export interface FeedPacket {
  readonly kind: 'packet';
  /** Position of its first frame since the feed began. */
  readonly frame: number;
  readonly frames: number;
  /** When the first frame that it decodes to was mixed, in µs of CLOCK_MONOTONIC; 0 is unknown. */
  readonly captureUs: number;
  readonly data: Uint8Array;
}

/** Takes what the engine recorded out of the ring, a packet at a time, and encodes it. */
export class FeedTenant implements Tenant {
  readonly #order: FeedOrder;
  readonly #events: TenantEvents;
  readonly #reader: RecordReader;
  readonly #statusPage: StatusReader;
  readonly #status = emptyStatus();
  readonly #packet: Uint8Array;
  readonly #encoder: OpusEncoder | undefined;

  constructor(order: FeedOrder, events: TenantEvents) {
    this.#order = order;
    this.#events = events;
    this.#reader = new RecordReader(order.memory, order.quantumFrames);
    this.#statusPage = new StatusReader(order.memory);
    this.#packet = new Uint8Array(order.packetFrames * order.memory.frameBytes);
    this.#encoder = order.opus && OpusEncoder.open(order.opus);
    if (order.opus && !this.#encoder) throw new Error('libopus refused settings that were checked');
  }

  turn(hasTime: () => boolean): void {
    const { packetFrames } = this.#order;
    for (let made = 0; this.#reader.available() >= packetFrames && (made === 0 || hasTime()); made++) {
      if (this.#statusPage.read(this.#status)) this.#reader.quantumFrames = this.#status.quantumFrames;
      if (this.#reader.read(this.#packet) === 0) return;
      // The reader counts what was lost before these as passed: listeners see it as a gap.
      this.#tell(this.#reader.frames - packetFrames, packetFrames);
    }
  }

  close(): void {
    this.#encoder?.[Symbol.dispose]();
  }

  #tell(frame: number, frames: number): void {
    const captureUs = this.#captureUs(frame - (this.#encoder?.lookaheadFrames ?? 0));
    // What is posted is copied with all of its buffer: an encoder's view is cut out first.
    const data = this.#encoder ? this.#encode(this.#encoder, frames) : this.#packet;
    this.#events.tell({ kind: 'packet', frame, frames, captureUs, data });
  }

  #encode(encoder: OpusEncoder, frames: number): Uint8Array {
    const packet = encoder.encode(new Float32Array(this.#packet.buffer), frames);
    if (!packet) throw new Error(`libopus refused ${frames} frames`);
    return packet.slice();
  }

  /** From the engine's own word: which frame it had come to, and when. */
  #captureUs(frame: number): number {
    const { timeNs, frame: now } = this.#status;
    if (timeNs === 0) return 0;
    return Math.max(0, Math.round(timeNs / 1e3 - ((now - frame) * 1e6) / this.#order.rate));
  }
}
