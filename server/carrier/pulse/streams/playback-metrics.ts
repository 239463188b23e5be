import { LOOK_AHEAD_FRAMES } from '../../../engine/limits.js';
import type { PlaybackStream } from '../../../stream/playback-path.js';
import {
  type ByteRate,
  byteRateOf,
  type GrantedPlayback,
  type PlaybackWish,
  requestBytes,
  settlePlayback,
} from '../buffer/playback-attr.js';
import type { PlaybackBuffer } from '../buffer/playback-buffer.js';
import type { SampleSpec } from '../wire/values/sample-spec.js';
import { grantedUs, playbackWishUs } from './latency-wish.js';
import type { RingFeed } from './ring-feed.js';

/** How a stream is buffered: its client's wish, settled anew whenever that or the output's quantum changes. */
export class PlaybackMetrics {
  readonly #stream: PlaybackStream;
  readonly #buffer: PlaybackBuffer;
  readonly #feed: RingFeed;
  readonly #byteRate: ByteRate;
  readonly #rate: number;
  #wish: PlaybackWish;
  #attr: GrantedPlayback;

  constructor(stream: PlaybackStream, buffer: PlaybackBuffer, feed: RingFeed, spec: SampleSpec, wish: PlaybackWish) {
    this.#stream = stream;
    this.#buffer = buffer;
    this.#feed = feed;
    this.#byteRate = byteRateOf(spec);
    this.#rate = spec.rate;
    this.#wish = wish;
    this.#attr = this.#settle();
  }

  /** What it comes to. */
  get attr(): GrantedPlayback {
    return this.#attr;
  }

  /** What the client wishes from now on; the engine is asked for the latency that this takes. */
  setWish(wish: PlaybackWish): GrantedPlayback {
    this.#wish = wish;
    return (this.#attr = this.#settle((deviceUs) => this.#stream.setLatency(playbackWishUs(deviceUs))));
  }

  /** The output has, or may have, another quantum: whether that makes any difference. */
  retime(): boolean {
    const before = this.#attr;
    this.#attr = this.#settle();
    return JSON.stringify(before) !== JSON.stringify(this.#attr);
  }

  #settle(ask?: (deviceUs: number) => void): GrantedPlayback {
    const granted = (wantedUs: number) => {
      ask?.(wantedUs);
      return grantedUs(wantedUs, this.#quantumUs(), playbackWishUs(wantedUs));
    };
    const quantumBytes = () => this.#quantumFrames() * this.#byteRate.frameBytes;
    const attr = settlePlayback(this.#wish, this.#byteRate, granted, {
      quantumBytes,
      lookAheadUs: this.#lookAheadUs(),
    });
    this.#feed.size(this.#quantumFrames(), Math.floor((this.#stream.request.latencyUs * this.#rate) / 1e6));
    this.#buffer.requestBytes = this.#wish.earlyRequests
      ? attr.minreq
      : requestBytes(attr, this.#byteRate, this.#quantumUs());
    this.#buffer.resize(attr);
    return attr;
  }

  /** In frames of the stream's own rate. */
  #quantumFrames(): number {
    const { output } = this.#stream;
    return Math.ceil(((output?.quantumFrames ?? 0) * this.#rate) / (output?.rate ?? 1));
  }

  #quantumUs(): number {
    return Math.round((this.#quantumFrames() * 1e6) / this.#rate);
  }

  #lookAheadUs(): number {
    const { output } = this.#stream;
    return output ? Math.ceil((LOOK_AHEAD_FRAMES * 1e6) / output.rate) : 0;
  }
}
