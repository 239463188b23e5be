import type { Connection } from './connection.js';
import { CopyFeed } from './copy-feed.js';
import { openStream, type StreamOptions } from './open-stream.js';
import { PlaybackStream } from './playback-stream.js';
import { RingFeed } from './ring-feed.js';

export interface PlayOptions extends StreamOptions {
  /** Fader position: 1 is unity, 0 to 1.5. */
  readonly volume?: number;
}

/** A playback stream: frames → feed (ring or copies) → server. */
export function openPlayback(connection: Connection, options: PlayOptions): Promise<PlaybackStream> {
  const wish = options.volume === undefined ? {} : { volume: options.volume };
  return openStream(connection, 'playback', options, wish, ({ facts, ring, ...timing }) => {
    const feed =
      ring === undefined
        ? new CopyFeed(connection, facts.stream, facts.frameBytes, timing.grantedFrames)
        : new RingFeed(ring, { rate: options.rate, ...timing }, options.paused ?? false);
    return new PlaybackStream(connection, facts, feed);
  });
}
