import { nowNs } from '../../../../native-shim/sys.js';
import type { PlaybackBuffer } from '../buffer/playback-buffer.js';
import { PlaybackClock } from '../buffer/playback-clock.js';
import type { PlaybackLatency } from '../wire/messages/stream-control.js';
import { frameBytesOf, type SampleSpec } from '../wire/values/sample-spec.js';
import type { RingFeed } from './ring-feed.js';
import { wallClockUs } from './wall-clock.js';

/** Where a stream stands, for who asks it: what it queued, what the engine took of that, and what is heard of it just now. */
export class PlaybackTiming {
  readonly #buffer: PlaybackBuffer;
  readonly #feed: RingFeed;
  readonly #rate: number;
  readonly #clock: PlaybackClock;

  constructor(buffer: PlaybackBuffer, feed: RingFeed, spec: SampleSpec) {
    this.#buffer = buffer;
    this.#feed = feed;
    this.#rate = spec.rate;
    this.#clock = new PlaybackClock(frameBytesOf(spec) * spec.rate);
  }

  /** `clientTimeUs` goes back as it came. */
  reply(clientTimeUs: number): PlaybackLatency {
    const { timeNs, delayFrames } = this.#feed.status;
    const buffer = this.#buffer;
    const moment = {
      readIndex: buffer.readIndex,
      staleBytes: buffer.staleBytes,
      playing: buffer.playing,
      timeNs,
      delayUs: (delayFrames * 1e6) / this.#rate,
    };
    return {
      latencyUs: this.#clock.latencyUs(moment, nowNs()),
      sourceLatencyUs: 0,
      playing: buffer.playing,
      clientTimeUs,
      serverTimeUs: wallClockUs(),
      writeIndex: buffer.writeIndex,
      readIndex: buffer.readIndex,
      underrunBytes: buffer.underrunForBytes < 0 ? undefined : buffer.underrunForBytes,
      playingBytes: Math.max(0, buffer.playingForBytes),
    };
  }
}
