import { RateLoop } from '../../../server/engine/drift/rate-loop.js';
import { Concealment } from '../../../server/stream/jitter/concealment.js';
import { FrameStore } from './frame-store.js';
import { LISTEN_LIMITS, RATE } from '../limits.js';
import { Resampler } from './resampler.js';

/** Where the stream is against the AudioContext, and how far behind it shall be heard. */
export interface Schedule {
  /** When this frame of the context is asked for at the soonest … */
  readonly contextFrame: number;
  /** … the fastest packets have brought the stream up to here. */
  readonly streamFrame: number;
  /** Seconds of the sender's clock in one of the context's. */
  readonly rates: number;
  /** By how much packets are later than the fastest, and how long they are. */
  readonly targetFrames: number;
}

export interface PlayoutCounts {
  /** Frames heard, silence not counted; at RATE. */
  playedFrames: number;
  /** Frames made up for what was not there in time. */
  concealedFrames: number;
  /** Times that the sound ran out. */
  underruns: number;
  /** Frames that never came. */
  lostFrames: number;
  /** Frames left out to be live again after an outage. */
  skippedFrames: number;
  /** Packets that came after what followed them was heard. */
  latePackets: number;
}

/**
 * Evens out packets that come when they can into sound that is needed at a steady pace: store → concealment → resampler.
 * The read position is held so far behind the stream that late packets are still in time. When one is not, made-up sound
 * makes the delay grow at once; it shrinks by reading faster, never by cutting. Only after an outage it goes on at the live edge.
 * Opus packets that are missing are concealed so too: WebCodecs gives no access to the decoder's own concealment.
 */
export class Playout {
  readonly counts: PlayoutCounts = {
    playedFrames: 0,
    concealedFrames: 0,
    underruns: 0,
    lostFrames: 0,
    skippedFrames: 0,
    latePackets: 0,
  };
  readonly #store: FrameStore;
  readonly #concealment: Concealment;
  readonly #resampler: Resampler;
  readonly #loop = new RateLoop();
  readonly #contextRate: number;
  readonly #haste: number;
  readonly #scratch: readonly Float32Array[];
  #schedule: Schedule | undefined;
  #playing = false;
  /** Made-up frames since the next one was missing. */
  #waitedFrames = 0;
  /** Frames of the stream read for one of the context. */
  #step: number;

  /** `haste`: of glides to another delay (HASTE). */
  constructor(channels: number, contextRate: number, haste: number) {
    this.#contextRate = contextRate;
    this.#haste = haste;
    this.#step = RATE / contextRate;
    this.#store = new FrameStore(channels, LISTEN_LIMITS.storeFrames);
    this.#concealment = new Concealment(channels, RATE);
    this.#resampler = new Resampler(channels, this.#step);
    this.#scratch = Array.from({ length: channels }, () => new Float32Array(LISTEN_LIMITS.blockFrames));
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** The frame of the stream that is heard next, a fraction included. */
  get position(): number {
    // What is made up for a hole stands for the frames that are missing there; before the newest one there is no hole.
    const madeUp = this.#store.endFrame > this.#store.readFrame ? this.#waitedFrames : 0;
    return this.#store.readFrame + madeUp - this.#resampler.heldFrames;
  }

  /** How far frame `contextFrame` is heard behind the fastest packets, in frames of the stream; undefined before the first packet. */
  delayFrames(contextFrame: number): number | undefined {
    const line = this.#lineAt(contextFrame);
    return line === undefined ? undefined : line - this.position;
  }

  /** How far it shall be, so that packets are in time for a quantum of `quantumFrames`: they are read to its end, and a little ahead. */
  targetFrames(quantumFrames: number): number {
    const jitterFrames = this.#schedule?.targetFrames ?? 0;
    return jitterFrames + quantumFrames * this.#baseStep + this.#resampler.aheadFrames;
  }

  /** The ratio of the two clocks as it is measured, in ppm: not what is played faster or slower on purpose. */
  get driftPpm(): number {
    return ((this.#schedule?.rates ?? 1) - 1) * 1e6;
  }

  /** Interleaved samples of which the first frame has position `frame`, in any order, and what is known of the clocks now. */
  write(frame: number, samples: Float32Array, schedule: Schedule): void {
    this.#schedule = schedule;
    let taken = this.#store.write(frame, samples);
    if (taken === 'ahead') {
      this.#skipTo(frame - LISTEN_LIMITS.storeFrames / 2);
      taken = this.#store.write(frame, samples);
    }
    if (taken === 'late') this.counts.latePackets++;
  }

  /** Fills the planar channels of one render quantum that begins at `contextFrame`. */
  read(output: readonly Float32Array[], contextFrame: number): void {
    const frames = output[0]?.length ?? 0;
    const line = this.#lineAt(contextFrame);
    if (line !== undefined) this.#place(line, frames);
    if (!this.#playing) {
      for (const channel of output) channel.fill(0);
      return;
    }
    const from = this.#step;
    if (line !== undefined) this.#step = this.#baseStep * this.#ratio(line, frames);
    this.#feed(this.#resampler.wanted(frames, Math.max(from, this.#step)));
    this.#resampler.pull(output, from, this.#step);
    if (this.#waitedFrames > LISTEN_LIMITS.outageFrames) this.#halt();
  }

  /** The stream begins anew, at any frame. */
  reset(): void {
    this.#schedule = undefined;
    this.#store.skipTo(0);
    this.#concealment.jump();
    this.#halt();
  }

  get #baseStep(): number {
    return RATE / this.#contextRate;
  }

  /** Up to where the fastest packets have brought the stream when frame `contextFrame` is asked for. */
  #lineAt(contextFrame: number): number | undefined {
    const schedule = this.#schedule;
    return schedule && schedule.streamFrame + (contextFrame - schedule.contextFrame) * schedule.rates * this.#baseStep;
  }

  /** Begins at the target, once that sound is there; leaves a place that is so late that no change of speed brings it back. */
  #place(line: number, frames: number): void {
    const targetFrames = this.targetFrames(frames);
    if (this.#playing && line - this.position - targetFrames < LISTEN_LIMITS.jumpFrames) return;
    const start = Math.floor(line - targetFrames + this.#resampler.heldFrames);
    const isThere = start >= this.#store.readFrame && this.#store.run(start, frames) === frames;
    if (!this.#playing && !isThere) return;
    this.#concealment.jump();
    this.#skipTo(start);
    this.#halt();
    this.#playing = true;
  }

  #halt(): void {
    this.#playing = false;
    this.#waitedFrames = 0;
    this.#loop.restart();
  }

  #ratio(line: number, frames: number): number {
    const delayS = (line - this.position) / RATE;
    const rates = this.#schedule?.rates ?? 1;
    const targetS = this.targetFrames(frames) / RATE;
    return this.#loop.update(delayS, targetS, rates, frames / this.#contextRate, this.#haste);
  }

  /** Pushes the next `frames` frames of the stream, made up where they are not there. */
  #feed(frames: number): void {
    for (let done = 0; done < frames;) {
      const there = this.#store.run(this.#store.readFrame, frames - done);
      done += there > 0 ? this.#take(done, there) : this.#bridge(done, frames - done);
    }
    this.#resampler.push(this.#scratch, 0, frames);
  }

  #take(at: number, frames: number): number {
    this.#store.take(this.#scratch, at, frames);
    this.#concealment.pass(this.#scratch, at, frames);
    this.counts.playedFrames += frames;
    this.#waitedFrames = 0;
    return frames;
  }

  /**
   * The next frame is missing. As long as nothing behind it is there either, it is late: the stream waits for it. Else it
   * may be lost: its place is filled, and then passed over.
   */
  #bridge(at: number, mostFrames: number): number {
    const next = this.#store.nextPresent();
    const missing = next === undefined ? Infinity : next - this.#store.readFrame;
    if (next !== undefined && this.#waitedFrames >= missing) {
      this.counts.lostFrames += missing;
      this.#store.skipTo(next);
      return 0;
    }
    if (next === undefined && this.#waitedFrames === 0) this.counts.underruns++;
    const made = Math.min(mostFrames, missing - this.#waitedFrames);
    this.#concealment.fill(this.#scratch, at, made);
    this.counts.concealedFrames += made;
    this.#waitedFrames += made;
    return made;
  }

  #skipTo(frame: number): void {
    this.counts.skippedFrames += this.#store.skipTo(frame);
  }
}
