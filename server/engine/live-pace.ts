import { emptyPlayState, emptySenderState, LivePlayEnd } from '../mempool/live-block.js';
import { RateLoop } from './drift/rate-loop.js';
import type { PlayOrder } from './orders.js';
import type { QuantumTime } from './quantum-time.js';
import type { RingSource } from './ring-source.js';

/**
 * How a live stream is played: behind its sender's line by the jitter buffer's target, the quantum and what the resampler
 * holds. While the stream is silent, frames older than that are skipped; while it plays, the resampler's ratio alone
 * holds the distance, but for where the device itself stands still. Allocates nothing after construction.
 */
export class LivePace {
  readonly #source: RingSource;
  readonly #rate: number;
  readonly #deviceRate: number;
  readonly #block: LivePlayEnd;
  readonly #sender = emptySenderState();
  readonly #play = emptyPlayState();
  readonly #loop = new RateLoop();
  /** What the resampler holds after each quantum, at most. */
  readonly #heldFrames: number;
  #lineFrame = 0;
  #latencyFrames = 0;
  /** Stream frames per output frame. */
  #ratio: number;

  constructor(order: PlayOrder, deviceRate: number, source: RingSource) {
    this.#source = source;
    this.#rate = order.spec.rate;
    this.#deviceRate = deviceRate;
    this.#block = new LivePlayEnd(order.memory);
    this.#heldFrames = source.need(1);
    this.#ratio = this.#rate / deviceRate;
  }

  /** From the sender's line to what is heard of this quantum first, in frames of the stream. */
  get latencyFrames(): number {
    return this.#latencyFrames;
  }

  /** Looks where the sender's clock stands at this quantum. */
  look(time: QuantumTime): void {
    const sender = this.#sender;
    this.#block.hear(sender);
    if (this.#known) this.#lineFrame = sender.anchorFrame + (time.steadyNs - sender.anchorTimeNs) / sender.nsPerFrame;
  }

  /**
   * Gives back what will not be heard any more: in silence what is too old to begin with, and of sound that plays what the device
   * stood still for. What remains of `available`.
   */
  skip(time: QuantumTime, available: number, playing: boolean): number {
    const late = playing ? this.#missedFrames(time) : this.#lateFrames(time);
    const spare = playing ? available - this.#source.need(time.quantumFrames) : available;
    const skipped = Math.max(0, Math.min(late, spare));
    this.#source.reader.advance(skipped);
    this.#play.skippedFrames += skipped;
    return available - skipped;
  }

  /** It is time for the next frame of the ring, and enough of those after it are there. */
  due(time: QuantumTime, available: number): boolean {
    return this.#known && this.#lateFrames(time) >= 0 && available >= this.#source.need(time.quantumFrames);
  }

  /** Sound begins, at whatever distance it now has. */
  begin(): void {
    this.#loop.restart();
  }

  /** Playing: gives the resampler the ratio of this quantum. */
  steer(time: QuantumTime): void {
    if (!this.#known) return;
    const sender = this.#sender;
    const frameS = sender.nsPerFrame / 1e9;
    const ownFrames = (time.quantumFrames * this.#rate) / this.#deviceRate + this.#heldFrames;
    this.#latencyFrames = this.#lineFrame - (this.#source.reader.frames - this.#source.heldFrames);
    const rates = (time.nsPerFrame * this.#deviceRate) / (sender.nsPerFrame * this.#rate);
    const speed = this.#loop.update(
      this.#latencyFrames * frameS,
      (sender.targetFrames + ownFrames) * frameS,
      rates,
      time.quantumFrames / this.#deviceRate,
      sender.haste,
    );
    this.#ratio = (speed * this.#rate) / this.#deviceRate;
    this.#play.driftPpm = (rates - 1) * 1e6;
    this.#source.setRatio(this.#ratio);
  }

  /** For whoever fills the ring. */
  tell(time: QuantumTime, playing: boolean): void {
    const play = this.#play;
    play.readFrame = this.#source.reader.frames;
    play.timeNs = time.nowNs;
    play.latencyFrames = playing ? this.#latencyFrames : 0;
    this.#block.tell(play);
  }

  get #known(): boolean {
    return this.#sender.nsPerFrame > 0;
  }

  #missedFrames({ standstillNs }: QuantumTime): number {
    return this.#known ? Math.floor(standstillNs / this.#sender.nsPerFrame) : 0;
  }

  /** By how much the ring's next frame is too late to be the first one of this quantum; below 0 it is too early. */
  #lateFrames(time: QuantumTime): number {
    const endFrame = this.#source.reader.frames + this.#source.need(time.quantumFrames);
    return this.#known ? Math.floor(this.#lineFrame - this.#sender.targetFrames - endFrame) : 0;
  }
}
