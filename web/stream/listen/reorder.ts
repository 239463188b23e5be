import { LISTEN_LIMITS } from '../limits.js';

/** A packet that covers the frames from `frame` to `frame + frames`. */
export interface Positioned {
  readonly frame: number;
  readonly frames: number;
}

interface Held<P> {
  readonly packet: P;
  readonly untilMs: number;
}

/**
 * Packets in the order in which they were sent, for a decoder that goes by it. What follows a missing one is held back until
 * that comes, for a short time: then it counts as lost. What comes later still, or twice, is left out and counted.
 */
export class Reorder<P extends Positioned> {
  readonly #deliver: (packet: P) => void;
  #held: Held<P>[] = [];
  #nextFrame: number | undefined;
  #latePackets = 0;

  constructor(deliver: (packet: P) => void) {
    this.#deliver = deliver;
  }

  get latePackets(): number {
    return this.#latePackets;
  }

  /** When `release` has something to do; undefined while nothing is held. */
  get dueMs(): number | undefined {
    return this.#held.reduce<number | undefined>((due, { untilMs }) => Math.min(due ?? untilMs, untilMs), undefined);
  }

  /** `waitMs`: how long it may be held back. */
  push(packet: P, nowMs: number, waitMs: number = LISTEN_LIMITS.reorderMs): void {
    if (
      packet.frame < (this.#nextFrame ?? -Infinity) ||
      this.#held.some((held) => held.packet.frame === packet.frame)
    ) {
      this.#latePackets++;
      return;
    }
    this.#held.push({ packet, untilMs: nowMs + waitMs });
    this.#held.sort((a, b) => a.packet.frame - b.packet.frame);
    this.release(nowMs);
  }

  /** Lets go what is in order, and what has waited long enough. */
  release(nowMs: number): void {
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      const { packet } = first;
      const isNext = packet.frame <= (this.#nextFrame ?? packet.frame);
      const waits =
        this.#held.every(({ untilMs }) => untilMs > nowMs) && this.#held.length <= LISTEN_LIMITS.reorderPackets;
      if (!isNext && waits) return;
      this.#held.shift();
      this.#nextFrame = packet.frame + packet.frames;
      this.#deliver(packet);
    }
  }
}
