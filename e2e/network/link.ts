import type { Weather } from './weather.js';

/**
 * What nothing follows is sent again after so many usual round trips (RFC 8985, section 7.2: the tail loss probe). What something
 * follows, as soon as the receiver's word of that is back (section 6.2, as Linux does since 4.18).
 */
const PROBE_ROUND_TRIPS = 2;
const BITS_PER_BYTE = 8;
/** IPv4 and UDP; IPv4 and TCP with its timestamps. */
const DATAGRAM_HEADER_BYTES = 28;
const SEGMENT_HEADER_BYTES = 52;
/** What waits longer for its turn than a router keeps is lost. */
const QUEUE_LIMIT_MS = 500;

/** One direction of a network: says when what is sent now arrives. Pure but for `random`. */
export class Link {
  weather: Weather;
  /** All that was sent into it, headers of IP, UDP and TCP included; what TCP sends again and acknowledges is not. */
  sentBytes = 0;
  readonly #random: () => number;
  #busyUntilMs = 0;
  #lastMs = 0;
  #segmentMs = 0;

  constructor(weather: Weather, random: () => number) {
    this.weather = weather;
    this.#random = random;
  }

  /** Arrival times of a datagram: none when it is lost, two when it comes twice. */
  datagram(sizeBytes: number, nowMs: number): number[] {
    const { loss, reorder, duplicate } = this.weather;
    this.sentBytes += sizeBytes + DATAGRAM_HEADER_BYTES;
    if (this.#happens(loss)) return [];
    const sentMs = this.#transmit(sizeBytes, nowMs);
    if (sentMs - nowMs > QUEUE_LIMIT_MS) return [];
    const overtakes = this.#happens(reorder);
    const arrivalMs = overtakes ? sentMs + this.weather.delayMs : this.#inOrder(sentMs + this.#delayMs());
    return this.#happens(duplicate) ? [arrivalMs, arrivalMs + this.#delayMs()] : [arrivalMs];
  }

  /** Arrival of a piece of a byte stream: lost pieces are sent again, and what follows waits. */
  segment(sizeBytes: number, nowMs: number): number {
    if (sizeBytes > 0) this.sentBytes += sizeBytes + SEGMENT_HEADER_BYTES;
    // The next piece will come as long after this one as this one after the last.
    const gapMs = nowMs - this.#segmentMs;
    this.#segmentMs = nowMs;
    let sentMs = this.#transmit(sizeBytes, nowMs);
    while (!this.isDown && this.#happens(this.weather.loss)) {
      sentMs += Math.min(gapMs + this.roundTripMs(), PROBE_ROUND_TRIPS * this.#usualRoundTripMs);
    }
    return this.#inOrder(sentMs + this.#delayMs());
  }

  /** Whether what opens a connection gets there, and the answer back. */
  opens(): boolean {
    return !this.#happens(this.weather.loss) && !this.#happens(this.weather.loss);
  }

  /** There and back, this time; the other way is as this one. */
  roundTripMs(): number {
    return this.#delayMs() + this.#delayMs();
  }

  /** While this is so, pieces of a byte stream wait at the sender. */
  get isDown(): boolean {
    return this.weather.loss >= 1;
  }

  #happens(share: number): boolean {
    return this.#random() < share;
  }

  #delayMs(): number {
    return this.weather.delayMs + this.#random() * 2 * this.weather.jitterMs;
  }

  get #usualRoundTripMs(): number {
    return 2 * (this.weather.delayMs + this.weather.jitterMs);
  }

  #inOrder(arrivalMs: number): number {
    return (this.#lastMs = Math.max(this.#lastMs, arrivalMs));
  }

  /** When the last bit has left. */
  #transmit(sizeBytes: number, nowMs: number): number {
    const { rateKbit } = this.weather;
    if (rateKbit === 0) return nowMs;
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs) + (sizeBytes * BITS_PER_BYTE) / rateKbit;
    return this.#busyUntilMs;
  }
}
