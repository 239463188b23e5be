import type { MissingFrames } from './missing-packets.js';

interface Sent<P> {
  readonly frame: number;
  readonly packet: P;
  readonly sentMs: number;
  againTimes: number;
  againMs: number;
}

/** Who has not missed a packet by then has no use for it any more. */
const KEPT_MS = 400;
const KEPT_PACKETS_MAX = 256;
/** Whoever asks, and however often: so many times more than once, and not at every ask of one burst. */
const AGAIN_MAX = 2;
const AGAIN_GAP_MS = 10;
/** How long everything goes twice after it was wanted so. */
const TWICE_MS = 180_000;
/** Where such a share is missed the network is crowded, and each packet more crowds it more. */
const CROWDED_SHARE = 0.1;
const SHARE_MEMORY_PACKETS = 200;
/** What takes one packet often takes the next one too: the second copy comes so much later. */
export const TWICE_AFTER_MS = 5;

/**
 * What was sent lately over a carrier that loses, for whoever misses some of it. Nobody gets more than four times what he
 * would get anyway, whatever he asks.
 */
export class SentPackets<P> {
  #sent: Sent<P>[] = [];
  #twiceUntilMs = -Infinity;
  #missedShare = 0;

  keep(frame: number, packet: P, nowMs: number): void {
    this.#sent.push({ frame, packet, sentMs: nowMs, againTimes: 0, againMs: -Infinity });
    this.#missedShare -= this.#missedShare / SHARE_MEMORY_PACKETS;
    const first = this.#sent.findIndex(({ sentMs }) => nowMs - sentMs <= KEPT_MS);
    const spare = Math.max(first, this.#sent.length - KEPT_PACKETS_MAX);
    if (spare > 0) this.#sent.splice(0, spare);
  }

  /** What of it is here, to be sent again. Whoever misses packets knows where the one before them ended. */
  again({ fromFrame, toFrame, twice }: MissingFrames, nowMs: number): { frame: number; packet: P }[] {
    if (twice) this.#twiceUntilMs = nowMs + TWICE_MS;
    const wanted = this.#sent.filter(
      ({ frame, againTimes, againMs }) =>
        frame >= fromFrame && frame < toFrame && againTimes < AGAIN_MAX && nowMs - againMs >= AGAIN_GAP_MS,
    );
    for (const sent of wanted) {
      if (sent.againTimes === 0) this.#missedShare += 1 / SHARE_MEMORY_PACKETS;
      sent.againTimes++;
      sent.againMs = nowMs;
    }
    return wanted;
  }

  /** What was sent since then. */
  since(sinceMs: number): { frame: number; packet: P }[] {
    return this.#sent.filter(({ sentMs }) => sentMs >= sinceMs);
  }

  /** Each packet shall go a second time, TWICE_AFTER_MS after the first. */
  isTwice(nowMs: number): boolean {
    return nowMs < this.#twiceUntilMs && this.#missedShare < CROWDED_SHARE;
  }
}
