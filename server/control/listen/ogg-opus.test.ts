import { OggOpusDecoder } from 'ogg-opus-decoder';
import { describe, expect, test } from 'vitest';
import { oggOpus } from '../../cli/source/ogg-opus.fixture.js';
import { OGG_OPUS } from './ogg-opus.js';
import { OGG_FLAG, OGG_PACKET_LIMIT_BYTES, OggPages } from './ogg-page.js';

const PACKETS = 100;
const FRAMES = 960;

/** The packets of an Ogg file whose pages hold one each, headers left out. */
function packetsOf(file: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const laces = file.readUInt8(at + 26);
    const bytes = file.subarray(at + 27, at + 27 + laces).reduce((sum, lace) => sum + lace, 0);
    packets.push(file.subarray(at + 27 + laces, at + 27 + laces + bytes));
    at += 27 + laces + bytes;
  }
  return packets.slice(2);
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

describe('Opus in Ogg', () => {
  test('what a real decoder hears is the sound, the first 80 ms left out', async () => {
    const bytes = OGG_OPUS.begin();
    const sine = packetsOf(oggOpus(1000, PACKETS));
    const file = Buffer.concat([bytes.head(), ...sine.map((packet) => bytes.packet(packet)), bytes.end()]);
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
