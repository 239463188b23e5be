import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../../observe/errors.js';
import { PULSE_FORMATS, PULSE_SAMPLE_BYTES, type PulseFormat } from '../wire/values/sample-spec.js';
import { FrameConverter, ringSpec, silenceOf } from './frame-converter.js';
import { placingOf, usualPlacing } from './placing.js';

const MONO = [0];
/** As ALSA and PulseAudio order 5.1: the rear before the centre. */
const ALSA_51 = [1, 2, 5, 6, 3, 7];

function converter(format: PulseFormat, map: readonly number[] = MONO): FrameConverter {
  return new FrameConverter({ format, channels: map.length, rate: 48_000 }, usualPlacing(map));
}

function inward(by: FrameConverter, bytes: Uint8Array): Uint8Array {
  const parts: number[] = [];
  expect(by.toRing(bytes, (ring) => (parts.push(...ring), ring.length / by.ringFrameBytes))).toBe(bytes.length);
  return Uint8Array.from(parts);
}

function outward(by: FrameConverter, bytes: Uint8Array): Uint8Array {
  const parts: number[] = [];
  expect(by.fromRing(bytes, (client) => (parts.push(...client), client.length / by.frameBytes))).toBe(bytes.length);
  return Uint8Array.from(parts);
}

const s16 = (bytes: Uint8Array) => [...new Int16Array(bytes.slice().buffer)];
const every = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);

describe('formats', () => {
  test.each(['s16le', 'float32le', 's32le', 's24le'] as const)('%s lies in the ring as it came', (format) => {
    const bytes = every(48);
    converter(format).toRing(bytes, (ring) => {
      expect(ring).toBe(bytes);
      return 48 / PULSE_SAMPLE_BYTES[format];
    });
  });

  test.each([
    ['u8', [0x00, 0x80, 0xff], [0, 0x80, 0, 0, 0, 0x7f]],
    ['s16be', [0x12, 0x34, 0x80, 0x01], [0x34, 0x12, 0x01, 0x80]],
    ['s24be', [0x12, 0x34, 0x56], [0x56, 0x34, 0x12]],
    ['s32be', [0x12, 0x34, 0x56, 0x78], [0x78, 0x56, 0x34, 0x12]],
    ['float32be', [0x3f, 0x80, 0, 0], [0, 0, 0x80, 0x3f]],
    ['s24-32le', [0x56, 0x34, 0x12, 0xaa], [0x56, 0x34, 0x12]],
    ['s24-32be', [0xaa, 0x12, 0x34, 0x56], [0x56, 0x34, 0x12]],
  ] as const)('%s', (format, client, ring) => {
    expect([...inward(converter(format), Uint8Array.from(client))]).toEqual(ring);
  });

  test('24 bits in 32 come back as the number that they are', () => {
    const negative = Uint8Array.of(0xfe, 0xff, 0xff);
    expect([...outward(converter('s24-32le'), negative)]).toEqual([0xfe, 0xff, 0xff, 0xff]);
    expect([...outward(converter('s24-32be'), negative)]).toEqual([0xff, 0xff, 0xff, 0xfe]);
  });

  test.each(PULSE_FORMATS)('%s survives the way through the ring to the bit', (format) => {
    const by = converter(format, [1, 2]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (random) => {
        const bytes = random.slice(0, random.length - (random.length % by.frameBytes));
        // What 24 bits in 32 carry beyond them is nobody's, and µ-law has two zeros.
        if (format === 's24-32le')
          for (let i = 3; i < bytes.length; i += 4) bytes[i] = (bytes[i - 1] ?? 0) & 0x80 ? 0xff : 0;
        if (format === 's24-32be')
          for (let i = 0; i < bytes.length; i += 4) bytes[i] = (bytes[i + 1] ?? 0) & 0x80 ? 0xff : 0;
        if (format === 'uLaw') bytes.forEach((byte, i) => (bytes[i] = byte === 0x7f ? 0xff : byte));
        expect(outward(by, inward(by, bytes))).toEqual(bytes);
      }),
    );
  });

  test('A-law and µ-law are those of G.711', () => {
    // Tables 1a/G.711 and 2a/G.711: the greatest, the smallest and the ends of a segment, in 16 bits.
    expect(s16(inward(converter('aLaw'), Uint8Array.of(0xaa, 0x2a, 0xd5, 0x55, 0x80, 0xc5)))).toEqual([
      32_256, -32_256, 8, -8, 5504, 264,
    ]);
    expect(s16(inward(converter('uLaw'), Uint8Array.of(0x80, 0x00, 0xff, 0x7f, 0xef, 0x8f)))).toEqual([
      32_124, -32_124, 0, 0, 132, 16_764,
    ]);
  });

  // Of 8 bits 128. G.711's steps grow with the sound; it does not look at the lowest bits.
  test.each([
    ['u8', () => 128],
    ['aLaw', (level: number) => level / 32 + 16],
    ['uLaw', (level: number) => (level + 132) / 32 + 8],
  ] as const)('%s is no more than half a step away, in the same order', (format, halfStep) => {
    const by = converter(format);
    const samples = Int16Array.from({ length: 8192 }, (_, i) => Math.min(i * 8 - 32_768, 32_767 - 127));
    const back = s16(inward(by, outward(by, new Uint8Array(samples.buffer))));
    samples.forEach((sample, i) => {
      expect(Math.abs((back[i] ?? 0) - sample)).toBeLessThanOrEqual(halfStep(Math.abs(sample)));
      expect(back[i]).toBeGreaterThanOrEqual(back[i - 1] ?? -32_768);
    });
  });

  test('silence is silence', () => {
    for (const format of PULSE_FORMATS) {
      const by = converter(format);
      const ring = inward(by, new Uint8Array(by.frameBytes * 8).fill(silenceOf(format)));
      expect(ring.every((byte) => byte === 0) || (format === 'aLaw' && s16(ring).every((sample) => sample === 8))).toBe(
        true,
      );
    }
  });
});

describe('channels', () => {
  test('come in the order of our speakers, and back', () => {
    const by = converter('u8', ALSA_51);
    const frame = Uint8Array.of(1, 2, 3, 4, 5, 6).map((place) => 128 + place);
    const ring = inward(by, frame);
    expect(s16(ring)).toEqual([1, 2, 5, 6, 3, 4].map((place) => place * 256));
    expect(outward(by, ring)).toEqual(frame);
  });

  test('are put in order also where the format stays', () => {
    for (const format of ['s16le', 's24le', 's32le', 'float32le', 's16be', 's24be', 's32be', 's24-32be'] as const) {
      const by = converter(format, [2, 1]);
      const bytes = every(by.frameBytes * 3);
      if (format === 's24-32be') for (let i = 0; i < bytes.length; i += 4) bytes[i] = 0;
      expect(inward(by, bytes)).not.toEqual(inward(converter(format, [1, 2]), bytes));
      expect(outward(by, inward(by, bytes))).toEqual(bytes);
    }
  });
});

describe('a sink that takes part of it', () => {
  test('is answered with the client’s bytes that it took', () => {
    const by = converter('u8', [1, 2]);
    expect(by.toRing(every(200), () => 30)).toBe(60);
    expect(by.fromRing(every(200), () => 7)).toBe(28);
    expect(converter('s16le', [1, 2]).toRing(every(200), () => 30)).toBe(120);
  });

  test('gets much in pieces', () => {
    const by = converter('u8', [1, 2]);
    const sizes: number[] = [];
    expect(by.toRing(every(300_000), (ring) => (sizes.push(ring.length), ring.length / 4))).toBe(300_000);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(600_000);
  });
});

test.each([
  [8, 192_000, true],
  [1, 8000, true],
  [9, 48_000, false],
  [2, 192_001, false],
  [2, 7999, false],
])('%i channels at %i Hz', (channels, rate, played) => {
  const spec = ringSpec({ format: 's24-32le', channels, rate });
  if (played) expect(spec).toEqual({ format: 's24', channels, rate });
  else expect(spec).toBeInstanceOf(WeirError);
});

describe('a client that wants no mixing', () => {
  const unmixed = (format: PulseFormat, map: readonly number[], flags: { noRemap: boolean; noRemix: boolean }) =>
    new FrameConverter({ format, channels: map.length, rate: 48_000 }, placingOf(map, flags, 6));
  const BY_NUMBER = { noRemap: true, noRemix: false };
  const BY_NAME = { noRemap: false, noRemix: true };

  test('has its channels by number in the output’s, and silence in the rest', () => {
    const ring = inward(unmixed('s16le', [1, 2], BY_NUMBER), Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0));
    expect(s16(ring)).toEqual([1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0]);
  });

  test('or by name, and hears nothing where the output has no such speaker', () => {
    // Rear right, a side speaker, front left; the output has 5.1.
    const by = unmixed('s16le', [6, 10, 1], BY_NAME);
    expect(s16(inward(by, Uint8Array.of(1, 0, 2, 0, 3, 0)))).toEqual([3, 0, 0, 0, 0, 1]);
    expect(s16(outward(by, new Uint8Array(Int16Array.of(1, 2, 3, 4, 5, 6).buffer)))).toEqual([6, 0, 1]);
  });

  test.each(['u8', 'aLaw', 'uLaw', 's16be', 'float32be', 's24be', 's24-32le', 's24-32be'] as const)(
    'in %s: what is no channel is silent both ways',
    (format) => {
      const by = unmixed(format, [10, 11], BY_NAME);
      expect(inward(by, every(by.frameBytes))).toEqual(new Uint8Array(by.ringFrameBytes));
      const silence = new Uint8Array(by.frameBytes).fill(silenceOf(format));
      expect(outward(by, every(by.ringFrameBytes))).toEqual(silence);
    },
  );

  test('of the output’s own channels is as any other', () => {
    for (const flags of [BY_NUMBER, BY_NAME]) expect(placingOf([1, 2], flags, 2).order).toBeUndefined();
  });
});
