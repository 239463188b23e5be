import { emptyStatus, RecordReader, StatusReader } from '../../server/mempool/ring.js';
import type { MappedRing } from './mapped-ring.js';
import type { RecordStatus, RecordTap } from './record-tap.js';
import { RingWait } from './ring-wait.js';

/** A chunk's length where no latency was asked for. */
const UNHURRIED_MS = 40;

export interface RingTapTiming {
  readonly rate: number;
  /** 0 is no wish. */
  readonly latencyMs: number;
  readonly quantumFrames: number;
}

/** Recording through shared memory that only the server can write. */
export class RingTap implements RecordTap {
  readonly #ring: MappedRing;
  readonly #reader: RecordReader;
  readonly #status: StatusReader;
  readonly #moment = emptyStatus();
  readonly #wait: RingWait;
  readonly #slackMs: number;
  /** What had come when the ring was closed. */
  #last: Uint8Array | undefined;
  #closed = false;

  constructor(ring: MappedRing, timing: RingTapTiming) {
    this.#ring = ring;
    // From the stream's first frame on: what was recorded before our mapping is still there.
    this.#reader = new RecordReader(ring.memory, timing.quantumFrames);
    this.#status = new StatusReader(ring.memory);
    this.#wait = new RingWait(ring);
    const ringMs = (ring.memory.capacityFrames / timing.rate) * 1000;
    this.#slackMs = Math.min(timing.latencyMs || UNHURRIED_MS, ringMs / 2);
  }

  read(): Uint8Array | undefined {
    const last = this.#last;
    this.#last = undefined;
    return this.#closed ? last : this.#readRing();
  }

  waitForFrames(): Promise<void> {
    return this.#wait.sleep(this.#slackMs >= 10 ? this.#slackMs : 0, 1, () => this.#reader.available() > 0);
  }

  lostFrames(): number {
    return this.#reader.lostFrames;
  }

  timing(quantumFrames: number): void {
    this.#reader.quantumFrames = quantumFrames;
  }

  status(): RecordStatus | undefined {
    if (this.#closed || !this.#status.read(this.#moment)) return undefined;
    const { frame, timeNs, quantumFrames } = this.#moment;
    return timeNs === 0 ? undefined : { recordedFrames: frame, timeNs, quantumFrames };
  }

  close(): void {
    if (this.#closed) return;
    this.#last = this.#readRing();
    this.#closed = true;
    this.#wait.close();
    this.#ring.unmap();
  }

  packet(): void {}

  #readRing(): Uint8Array | undefined {
    const bytes = new Uint8Array(this.#reader.available() * this.#ring.memory.frameBytes);
    const frames = this.#reader.read(bytes);
    return frames > 0 ? bytes.subarray(0, frames * this.#ring.memory.frameBytes) : undefined;
  }
}
