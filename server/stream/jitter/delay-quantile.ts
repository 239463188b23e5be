/** Of a histogram that grows at its buckets' ends: the bucket that a share of it lies in or below. It moves by a few at a time. */
export class DelayQuantile {
  readonly #share: number;
  readonly #buckets: Float64Array;
  #bucket = 0;
  /** What lies above the bucket. */
  #beyond = 0;

  constructor(share: number, buckets: Float64Array) {
    this.#share = share;
    this.#buckets = buckets;
  }

  /** `weight` came into `bucket`; the whole histogram weighs `total` now. The quantile's bucket. */
  note(bucket: number, weight: number, total: number): number {
    if (bucket > this.#bucket) this.#beyond += weight;
    const allowed = total * (1 - this.#share);
    while (this.#beyond > allowed) this.#beyond -= this.#buckets[++this.#bucket] ?? Infinity;
    while (this.#bucket > 0 && this.#beyond + (this.#buckets[this.#bucket] ?? 0) <= allowed) {
      this.#beyond += this.#buckets[this.#bucket--] ?? 0;
    }
    return this.#bucket;
  }

  /** All weights were divided by `by`. */
  rescale(by: number): void {
    this.#beyond /= by;
  }

  /** The histogram has become another, of which so much lies above its first bucket. */
  reset(beyond = 0): void {
    this.#bucket = 0;
    this.#beyond = beyond;
  }
}
