import { emptyStatus, PlaybackWriter, StatusReader } from '../../server/mempool/ring.js';
import { WeirError } from '../../server/observe/errors.js';
import type { Feed, PlaybackStatus } from './feed.js';
import type { MappedRing } from './mapped-ring.js';
import { RingWait } from './ring-wait.js';

export interface RingTiming {
  readonly rate: number;
  /** The fill to keep for the latency that was asked for. */
  fillFrames: number;
  quantumFrames: number;
}

/** Playback through shared memory: keeps the ring filled as far as the wanted latency says, and no further. */
export class RingFeed implements Feed {
  readonly #ring: MappedRing;
  readonly #writer: PlaybackWriter;
  readonly #status: StatusReader;
  readonly #moment = emptyStatus();
  readonly #wait: RingWait;
  readonly #timing: RingTiming;
  #paused: boolean;
  #closed = false;

  constructor(ring: MappedRing, timing: RingTiming, paused: boolean) {
    this.#ring = ring;
    this.#writer = new PlaybackWriter(ring.memory);
    this.#status = new StatusReader(ring.memory);
    this.#wait = new RingWait(ring);
    this.#timing = { ...timing };
    this.#paused = paused;
  }

  roomFrames(): number {
    if (this.#closed) return 0;
    const free = this.#writer.free();
    if (this.#writer.corrupt) throw new WeirError('BAD_MESSAGE', 'the server moved its counter to where it cannot be');
    // Never less than a quantum: with nothing in the ring nothing would ever be consumed.
    const keepFrames = Math.max(this.#timing.fillFrames, this.#timing.quantumFrames, 1);
    return Math.max(0, Math.min(free, keepFrames - this.#writer.fill()));
  }

  push(frames: Uint8Array): void {
    if (!this.#closed) this.#writer.write(frames);
  }

  async waitForRoom(): Promise<void> {
    if (this.#paused) return this.#wait.sleepUntilWoken();
    const { rate, fillFrames, quantumFrames } = this.#timing;
    // The fill just kept falls by whole quanta and must not fall below one.
    const slackMs = ((fillFrames - 2 * quantumFrames) / rate) * 1000;
    await this.#wait.sleep(slackMs, Math.max(0, fillFrames - quantumFrames), () => this.roomFrames() > 0);
  }

  timing(fillFrames: number, quantumFrames: number): void {
    this.#timing.fillFrames = fillFrames;
    this.#timing.quantumFrames = quantumFrames;
    this.#wait.wake();
  }

  paused(paused: boolean): void {
    this.#paused = paused;
    this.#wait.wake();
  }

  status(): PlaybackStatus | undefined {
    if (this.#closed || !this.#status.read(this.#moment)) return undefined;
    const { frame, timeNs, delayFrames, starvedFrames, underruns, droppedFrames } = this.#moment;
    const queuedFrames = this.#writer.fill();
    const latencyUs = Math.round(((queuedFrames + delayFrames) / this.#timing.rate) * 1e6);
    return {
      consumedFrames: frame,
      timeNs,
      delayFrames,
      queuedFrames,
      latencyUs,
      starvedFrames,
      underruns,
      droppedFrames,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wait.close();
    this.#ring.unmap();
  }

  granted(): void {}
}
