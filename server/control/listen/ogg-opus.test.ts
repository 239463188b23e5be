import { OggOpusDecoder } from 'ogg-opus-decoder';
import { describe, expect, test } from 'vitest';
import { opusAvailable, OpusEncoder } from '../../stream/codec/libopus.js';
import { OGG_OPUS } from './ogg-opus.js';
import { OGG_FLAG, OGG_PACKET_LIMIT_BYTES, OggPages } from './ogg-page.js';

const PACKETS = 100;
const FRAMES = 960;

/** Packets of a stereo sine of 1 kHz at half scale. */
function sinePackets(): Uint8Array[] {
  using encoder = OpusEncoder.open({ channels: 2, bitrate: 128_000, lowDelay: false });
  return Array.from({ length: PACKETS }, (_, packet) => {
    const pcm = Float32Array.from({ length: 2 * FRAMES }, (_, sample) => {
      const frame = packet * FRAMES + (sample >> 1);
      return 0.5 * Math.sin((2 * Math.PI * 1000 * frame) / 48_000);
    });
    return encoder?.encode(pcm, FRAMES)?.slice() ?? new Uint8Array();
  });
}

describe('a page', () => {
  test('is laced in pieces of 255, a whole number of them ended by an empty one', () => {
    const lacesOf = (bytes: number) => {
      const page = new OggPages(1).page(new Uint8Array(bytes), 0);
      return [...page.subarray(27, 27 + page.readUInt8(26))];
    };
    expect(lacesOf(0)).toEqual([]);
    expect(lacesOf(254)).toEqual([254]);
    expect(lacesOf(255)).toEqual([255, 0]);
    expect(lacesOf(600)).toEqual([255, 255, 90]);
    expect(lacesOf(OGG_PACKET_LIMIT_BYTES)).toHaveLength(255);
    expect(() => lacesOf(OGG_PACKET_LIMIT_BYTES + 1)).toThrow(RangeError);
  });

  test('is one of libogg, byte for byte', () => {
    // As ogg_stream_flush of libogg 1.3.5 makes it.
    const page = new OggPages(1).page(Buffer.from('weir'), 0, OGG_FLAG.begin);
    expect(page.toString('hex')).toBe('4f67675300020000000000000000010000000000000031fc96a7010477656972');
  });
});

describe.runIf(opusAvailable)('Opus in Ogg', () => {
  test('what a real decoder hears is the sound, the first 80 ms left out', async () => {
    const bytes = OGG_OPUS.begin();
    const file = Buffer.concat([bytes.head(), ...sinePackets().map((packet) => bytes.packet(packet)), bytes.end()]);
    const decoder = new OggOpusDecoder();
    await decoder.ready;
    const { channelData, samplesDecoded, sampleRate, errors } = await decoder.decodeFile(file);
    decoder.free();
    expect(errors).toEqual([]);
    expect({ sampleRate, samplesDecoded }).toEqual({ sampleRate: 48_000, samplesDecoded: PACKETS * FRAMES - 3840 });
    const left = channelData[0] ?? new Float32Array();
    const power = left.reduce((sum, sample) => sum + sample * sample, 0) / left.length;
    expect(power).toBeCloseTo(0.125, 2);
  });
});
