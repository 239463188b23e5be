import type { weir } from '#proto';
import type { MeterFeed, MeterWatcher } from '../../../session/meter-feed.js';

/** The meter of one playback stream, as floats: what `direct_on_input` with `peak_detect` asks for. */
export class LevelTap implements MeterWatcher {
  readonly #feed: MeterFeed;
  readonly #hear: (peak: Uint8Array) => void;
  readonly #out = new Float32Array(1);
  readonly #bytes = new Uint8Array(this.#out.buffer);

  constructor(feed: MeterFeed, stream: number, hz: number, hear: (peak: Uint8Array) => void) {
    this.#feed = feed;
    this.#hear = hear;
    feed.subscribe(this, hz, stream);
  }

  sendDroppable({ meters }: { meters: weir.v1.IMeters }): boolean {
    this.#out[0] = Math.max(0, ...(meters.levels?.[0]?.peak ?? []));
    this.#hear(this.#bytes);
    return true;
  }

  close(): void {
    this.#feed.leave(this);
  }
}
