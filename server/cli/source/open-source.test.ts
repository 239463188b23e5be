import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oggOpus } from './ogg-opus.fixture.js';
import { openSource } from './open-source.js';

let dir = '';
const at = (name: string): string => join(dir, name);

function sox(...args: string[]): void {
  execFileSync('sox', ['-V1', ...args]);
}

/** Two seconds of two different tones at half scale. */
function tone(name: string, ...format: string[]): string {
  sox('-n', '-r', '44100', '-c', '2', ...format, at(name), 'synth', '2', 'sine', '440', 'sine', '660', 'gain', '-6');
  return at(name);
}

async function read(
  path: string,
): Promise<{ spec: { rate: number; channels: number; format: string }; bytes: Buffer; damaged: number }> {
  const source = await openSource(path, undefined);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks) chunks.push(chunk.slice());
  expect(source.progress()).toBeGreaterThan(0.99);
  return { spec: source.spec, bytes: Buffer.concat(chunks), damaged: source.damaged() };
}

/** The samples as sox reads them. */
function rawOf(path: string, format: string, bits: string): Buffer {
  return execFileSync('sox', [path, '-t', 'raw', '-e', format, '-b', bits, '-'], { maxBuffer: 2 ** 26 });
}

/** Largest difference of two f32 recordings of equal length, and the largest sample of the first. */
function compare(a: Buffer, b: Buffer): { difference: number; peak: number } {
  let difference = 0;
  let peak = 0;
  for (let at = 0; at < Math.min(a.length, b.length); at += 4) {
    difference = Math.max(difference, Math.abs(a.readFloatLE(at) - b.readFloatLE(at)));
    peak = Math.max(peak, Math.abs(a.readFloatLE(at)));
  }
  return { difference, peak };
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-source-'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('WAV', () => {
  test.each([
    ['s16', '16', 'signed-integer'],
    ['s24', '24', 'signed-integer'],
    ['s32', '32', 'signed-integer'],
    ['f32', '32', 'floating-point'],
  ])('%s comes out bit for bit', async (format, bits, encoding) => {
    const path = tone(`${format}.wav`, '-b', bits, '-e', encoding);
    const { spec, bytes } = await read(path);
    expect(spec).toEqual({ rate: 44100, channels: 2, format });
    expect(bytes.length).toBe(44100 * 2 * 2 * (Number(bits) / 8));
    expect(bytes.equals(rawOf(path, encoding, bits))).toBe(true);
  });

  test('8 bits become 16, 64-bit float 32', async () => {
    const small = await read(tone('u8.wav', '-b', '8', '-e', 'unsigned-integer'));
    expect(small.spec.format).toBe('s16');
    expect(small.bytes.equals(rawOf(at('u8.wav'), 'signed-integer', '16'))).toBe(true);
    const large = await read(tone('f64.wav', '-b', '64', '-e', 'floating-point'));
    expect(large.spec.format).toBe('f32');
    expect(compare(large.bytes, rawOf(at('f64.wav'), 'floating-point', '32')).difference).toBeLessThan(1e-7);
  });

  test('a header written before the length was known', async () => {
    const whole = readFileSync(tone('known.wav', '-b', '16'));
    const size = whole.indexOf('data') + 4;
    for (const unknown of [0, 0xffffffff]) {
      whole.writeUInt32LE(unknown, size);
      writeFileSync(at('unknown.wav'), whole);
      expect((await read(at('unknown.wav'))).bytes.equals(whole.subarray(size + 4))).toBe(true);
    }
  });

  test('what follows the samples is not played, a torn last frame neither', async () => {
    const whole = readFileSync(tone('tail.wav', '-b', '16'));
    writeFileSync(at('more.wav'), Buffer.concat([whole, Buffer.from('LIST\x04\0\0\0INFO', 'latin1')]));
    expect((await read(at('more.wav'))).bytes.length).toBe(44100 * 2 * 4);
    writeFileSync(at('torn.wav'), whole.subarray(0, -3));
    expect((await read(at('torn.wav'))).bytes.length).toBe(44100 * 2 * 4 - 4);
  });
});

describe('compressed', () => {
  test('FLAC of 16 and 24 bits is lossless, up to the largest samples of either sign', async () => {
    for (const [bits, format] of [
      ['16', 's16'],
      ['24', 's24'],
    ] as const) {
      const path = at(`flac${bits}.wav`);
      sox('-n', '-r', '44100', '-c', '2', '-b', bits, path, 'synth', '1', 'whitenoise', 'square', '100', 'gain', '12');
      execFileSync('flac', ['-sf', path, '-o', at(`${bits}.flac`)], { stdio: 'ignore' });
      const { spec, bytes, damaged } = await read(at(`${bits}.flac`));
      expect(spec).toEqual({ rate: 44100, channels: 2, format });
      expect(bytes.equals(rawOf(path, 'signed-integer', bits))).toBe(true);
      expect(damaged).toBe(0);
    }
  });

  test('Ogg Vorbis is what its own decoder hears, to the frame', async () => {
    execFileSync('oggenc', ['-Q', tone('vorbis.wav', '-b', '16'), '-o', at('a.ogg')]);
    const { spec, bytes } = await read(at('a.ogg'));
    expect(spec).toEqual({ rate: 44100, channels: 2, format: 'f32' });
    const { difference, peak } = compare(bytes, rawOf(at('a.ogg'), 'floating-point', '32'));
    expect(bytes.length).toBe(44100 * 2 * 8);
    expect(peak).toBeGreaterThan(0.4);
    expect(difference).toBeLessThan(1e-3);
  });

  test('Ogg Opus comes at 48 kHz, as long and as loud as what was encoded', async () => {
    writeFileSync(at('a.opus'), oggOpus(440, 100));
    const { spec, bytes, damaged } = await read(at('a.opus'));
    expect(spec).toEqual({ rate: 48000, channels: 2, format: 'f32' });
    expect(damaged).toBe(0);
    // The encoder's delay is skipped at the start.
    expect(bytes.length / 8).toBe(100 * 960 - 312);
    const middle = Array.from({ length: 9600 }, (_, frame) => bytes.readFloatLE((48_000 + frame) * 8));
    expect(Math.sqrt(middle.reduce((sum, value) => sum + value * value, 0) / middle.length)).toBeCloseTo(
      0.5 / Math.SQRT2,
      2,
    );
  });

  test('MP3 comes gapless: as long and as loud as what was encoded', async () => {
    const path = tone('mp3.wav', '-b', '16');
    execFileSync('lame', ['--quiet', '-b', '192', path, at('a.mp3')]);
    const { spec, bytes } = await read(at('a.mp3'));
    expect(spec).toEqual({ rate: 44100, channels: 2, format: 'f32' });
    expect(bytes.length).toBe(44100 * 2 * 8);
    const { difference, peak } = compare(bytes, rawOf(path, 'floating-point', '32'));
    expect(peak).toBeGreaterThan(0.4);
    expect(difference).toBeLessThan(0.1);
  });

  test('content decides, not the name', async () => {
    const path = tone('named.wav', '-b', '16');
    writeFileSync(at('named.mp3'), readFileSync(path));
    expect((await read(at('named.mp3'))).spec.format).toBe('s16');
  });

  test('a damaged FLAC plays on and says how much is missing', async () => {
    execFileSync('flac', ['-sf', tone('hurt.wav', '-b', '16'), '-o', at('hurt.flac')], { stdio: 'ignore' });
    const bytes = readFileSync(at('hurt.flac'));
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0x55, middle, middle + 3000);
    writeFileSync(at('hurt.flac'), bytes);
    const { bytes: sound } = await read(at('hurt.flac'));
    expect(sound.length).toBeGreaterThan(44100);
  });
});

describe('refusals', () => {
  const refused = (name: string, content: Buffer): Promise<unknown> => {
    writeFileSync(at(name), content);
    return openSource(at(name), undefined).then(
      () => 'opened',
      (error: unknown) => error,
    );
  };

  test('files that are no sound', async () => {
    expect(await refused('a.txt', Buffer.from('once upon a time'.repeat(10)))).toMatchObject({
      code: 'AUDIO_UNREADABLE',
    });
    expect(await refused('empty', Buffer.alloc(0))).toMatchObject({ code: 'AUDIO_UNREADABLE' });
    expect(await refused('cut.wav', Buffer.from('RIFF\0\0\0\0WAVEfmt '))).toMatchObject({ code: 'AUDIO_UNREADABLE' });
    expect(await refused('junk.flac', Buffer.from(`fLaC${'x'.repeat(9000)}`))).toMatchObject({
      code: 'AUDIO_UNREADABLE',
    });
    expect(await openSource(at('missing.wav'), undefined).catch((e: unknown) => e)).toMatchObject({
      code: 'FILE_FAILED',
      what: expect.stringContaining('ENOENT'),
    });
    expect(await openSource(dir, undefined).catch((e: unknown) => e)).toMatchObject({ code: 'FILE_FAILED' });
  });

  test('WAVs that lie', async () => {
    const whole = readFileSync(tone('liar.wav', '-b', '16'));
    const changed = (offset: number, ...bytes: number[]): Buffer => {
      const copy = Buffer.from(whole);
      copy.set(bytes, offset);
      return copy;
    };
    expect(await refused('w1', changed(20, 0x55))).toMatchObject({ code: 'AUDIO_UNREADABLE' }); // an MP3 inside
    expect(await refused('w2', changed(34, 12))).toMatchObject({ code: 'AUDIO_UNREADABLE' }); // 12 bits
    expect(await refused('w3', changed(22, 9))).toMatchObject({ code: 'FORMAT_UNSUPPORTED' }); // 9 channels
    expect(await refused('w4', changed(24, 0, 0, 0, 0))).toMatchObject({ code: 'FORMAT_UNSUPPORTED' }); // 0 Hz
    expect(await refused('w5', changed(16, 0xff, 0xff, 0xff, 0x7f))).toMatchObject({ code: 'AUDIO_UNREADABLE' }); // huge fmt
    expect(await refused('w6', changed(0, ...Buffer.from('RIFX')))).toMatchObject({ code: 'AUDIO_UNREADABLE' });
    const chunks = Buffer.concat([whole.subarray(0, 12), Buffer.alloc(8 * 1001, 'JUNK\0\0\0\0', 'latin1')]);
    expect(await refused('w7', chunks)).toMatchObject({
      code: 'AUDIO_UNREADABLE',
      what: expect.stringContaining('1000'),
    });
  });
});
