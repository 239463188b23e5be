import type { weir } from '#proto';
import type { MeterFeed, MeterWatcher } from '../../../session/meter-feed.js';

/** The meter of one playback stream, as floats: what `direct_on_input` with `peak_detect` asks for. */
export class LevelTap implements MeterWatcher {
  readonly #feed: MeterFeed;
  readonly #stream: number;
  readonly #hear: (peak: Uint8Array) => void;
  readonly #out = new Float32Array(1);
  readonly #bytes = new Uint8Array(this.#out.buffer);

  constructor(feed: MeterFeed, stream: number, hz: number, hear: (peak: Uint8Array) => void) {
    this.#feed = feed;
    this.#stream = stream;
    this.#hear = hear;
    feed.subscribe(this, hz);
  }

  sendDroppable({ meters }: { meters: weir.v1.IMeters }): boolean {
    const level = meters.levels?.find(({ stream }) => stream === this.#stream);
    this.#out[0] = Math.max(0, ...(level?.peak ?? []));
    this.#hear(this.#bytes);
    return true;
  }

  close(): void {
    this.#feed.leave(this);
  }
}
