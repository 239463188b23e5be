import { chained, type Skew } from '../../../server/engine/drift/fastest-line.js';
import { ArrivalDelays, type JitterPurpose } from '../../../server/stream/jitter/arrival-delays.js';
import { LISTEN_LIMITS, RATE } from '../limits.js';
import { FollowedLine } from '../followed-line.js';
import type { Schedule } from './playout.js';

export interface Timeliness {
  /** Until its first frame is heard; below 0 it was due already. */
  readonly spareMs: number;
  /** The next one that was missed and is so late will be in time. */
  readonly awaitedNext: boolean;
}

/** An exception among the bursts is forgotten within a second or two. */
const BURST_FADE = 0.99;

/**
 * Joins the sender's clock to the AudioContext's. Both are watched from the worker by its own clock, which knows nothing of
 * sound: the context asks for its frames in bursts, and by its own count a drift would not be seen until it has moved by a burst.
 */
export class ListenClock {
  readonly #context: FollowedLine;
  readonly #sender = new FollowedLine(RATE);
  /** The sender's frames by its own monotonic clock: no network is in that. */
  readonly #captured = new FollowedLine(RATE);
  readonly #delays: ArrivalDelays;
  readonly #latencyMs: 'auto' | number;
  #askedFrame = 0;
  #packetFrames = 0;
  /** By how much the context asked later than at the soonest, at most; of late. */
  #burstMs = 0;

  constructor(contextRate: number, purpose: JitterPurpose, latencyMs: 'auto' | number) {
    this.#context = new FollowedLine(contextRate);
    this.#delays = new ArrivalDelays(purpose);
    this.#latencyMs = latencyMs;
  }

  /** The context was asking for frame `contextFrame` at `timeNs`. */
  asked(contextFrame: number, timeNs: number): void {
    this.#askedFrame = contextFrame;
    this.#burstMs = Math.max(this.#context.note(contextFrame, timeNs), this.#burstMs * BURST_FADE);
  }

  /** How long before the last one of a burst of frames the first one is asked for. */
  get burstMs(): number {
    return this.#burstMs;
  }

  /** A packet of `frames` frames that ends before `endFrame` came at `timeNs`; `again`: it was missed before. */
  arrived(endFrame: number, frames: number, timeNs: number, again = false): void {
    this.#packetFrames = Math.max(this.#packetFrames, frames);
    this.#delays.note(this.#sender.note(endFrame, timeNs), timeNs / 1e6, again);
  }

  /** The sender says that `frame` was there at `capturedUs` of its clock, by which ours is `host`. */
  captured(frame: number, capturedUs: number, host: Skew): void {
    this.#captured.note(frame, capturedUs * 1e3);
    this.#sender.expect(chained(this.#captured.skew, { ...host, skew: -host.skew }));
  }

  /** How soon before it is heard a packet is here that ends before `endFrame`. */
  timeliness(endFrame: number, timeNs: number): Timeliness {
    const delayMs = this.#sender.empty ? 0 : (timeNs - this.#sender.timeNsOf(endFrame)) / 1e6;
    const spareMs = ((this.#targetFrames() - this.#packetFrames) * 1000) / RATE - delayMs;
    return { spareMs, awaitedNext: this.#latencyMs === 'auto' && this.#delays.awaitsAgain(delayMs) };
  }

  /** The stream begins anew: its frames count from elsewhere, and packets may be shorter. What is known of the network still holds. */
  restarted(): void {
    this.#sender.reset();
    this.#captured.reset();
    this.#packetFrames = 0;
  }

  /** Undefined until both clocks were seen. */
  schedule(): Schedule | undefined {
    if (this.#context.empty || this.#sender.empty) return undefined;
    const contextFrame = this.#askedFrame;
    return {
      contextFrame,
      streamFrame: this.#sender.frameAt(this.#context.timeNsOf(contextFrame)),
      rates: this.#sender.speed / this.#context.speed,
      targetFrames: this.#targetFrames(),
    };
  }

  /** Of a latency that is set, packets' own length is a part; there are no packets shorter than they are. */
  #targetFrames(): number {
    if (this.#latencyMs === 'auto') return (this.#delays.targetMs * RATE) / 1000 + this.#packetFrames;
    const latencyMs = Math.max(LISTEN_LIMITS.latencyMinMs, Math.min(LISTEN_LIMITS.latencyMaxMs, this.#latencyMs));
    return Math.max(this.#packetFrames, (latencyMs * RATE) / 1000);
  }
}
