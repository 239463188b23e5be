import { randomInt } from 'node:crypto';
import { weir } from '#proto';
import { OGG_FLAG, OggPages } from './ogg-page.js';
import type { PlayerBytes, PlayerFormat } from './player-format.js';

const RATE = 48_000;
const CHANNELS = 2;
const FRAME_US = 20_000;
const FRAMES = (RATE * FRAME_US) / 1e6;
const BITRATE = 128_000;
/**
 * Frames that a player decodes and does not play: it joins an encoder that has long been running, and after 80 ms a decoder
 * is where it would be had it heard all (RFC 7845, section 4.2).
 */
const PRE_SKIP_FRAMES = 3840;
const VENDOR = 'weir';

/** Opus in Ogg (RFC 7845), a packet a page: nothing waits for a page to fill. */
export const OGG_OPUS: PlayerFormat = {
  contentType: 'audio/ogg; codecs=opus',
  wish: {
    codec: weir.v1.Codec.OPUS,
    opus: { frameUs: FRAME_US, bitrate: BITRATE },
    format: weir.v1.SampleFormat.F32,
    rate: RATE,
    channels: CHANNELS,
  },
  begin: () => new OggOpus(),
};

class OggOpus implements PlayerBytes {
  readonly #pages = new OggPages(randomInt(2 ** 32));
  #granule = 0;

  head(): Uint8Array {
    return Buffer.concat([this.#pages.page(opusHead(), 0, OGG_FLAG.begin), this.#pages.page(opusTags(), 0)]);
  }

  /** The position goes on without a gap over what a slow player missed: players take a gap for a fault. */
  packet(data: Uint8Array): Uint8Array {
    this.#granule += FRAMES;
    return this.#pages.page(data, this.#granule);
  }

  end(): Uint8Array {
    return this.#pages.page(new Uint8Array(), this.#granule, OGG_FLAG.end);
  }
}

/** Section 5.1: version 1, gain 0, channel mapping family 0. */
function opusHead(): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = CHANNELS;
  head.writeUInt16LE(PRE_SKIP_FRAMES, 10);
  head.writeUInt32LE(RATE, 12);
  return head;
}

/** Section 5.2: who made it, and no comments. */
function opusTags(): Buffer {
  const tags = Buffer.alloc(8 + 4 + VENDOR.length + 4);
  tags.write('OpusTags', 'latin1');
  tags.writeUInt32LE(VENDOR.length, 8);
  tags.write(VENDOR, 12, 'latin1');
  return tags;
}
