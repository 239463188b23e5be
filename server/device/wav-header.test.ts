import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { FrameSpec, SampleFormat } from './output-driver.js';
import { sequence } from './testing/sequence.js';
import { readWav } from './testing/wav-frames.js';
import { WavFile } from './wav-file.js';
import { frameBytesOf, wavHeader } from './wav-header.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-wav-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FORMATS: SampleFormat[] = ['s16', 's24', 's32', 'f32'];

describe('a WAV of any shape is read by others', () => {
  for (const format of FORMATS) {
    for (const channels of [1, 2, 3, 6, 8]) {
      test(`${format}, ${channels} channels`, () => {
        const shape: FrameSpec = { format, rate: 44_100, channels };
        const path = join(folder, `${format}-${channels}.wav`);
        const frames = sequence(shape, 0, 101); // odd: mono s24 needs the pad byte
        const file = new WavFile(path, shape);
        file.append(frames);
        file.close();

        const bytes = readFileSync(path);
        expect(bytes.length % 2).toBe(0);
        expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
        const wav = readWav(path);
        const extensible = channels > 2 || format === 's24' || format === 's32';
        expect(wav.fmt).toMatchObject({
          audioFormat: extensible ? 0xfffe : format === 'f32' ? 3 : 1,
          numChannels: channels,
          sampleRate: 44_100,
          blockAlign: frameBytesOf(shape),
        });
        expect(wav.frames.equals(frames)).toBe(true);
      });
    }
  }
});

test('from 4 GiB on it is RF64, with a header of the same length', () => {
  const shape: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };
  const most = 2 ** 32 - 1 - (wavHeader(shape, 0).length - 8);
  const below = wavHeader(shape, most - (most % 4));
  const above = wavHeader(shape, most - (most % 4) + 4);
  expect(below.toString('latin1', 0, 4)).toBe('RIFF');
  expect(above.toString('latin1', 0, 4)).toBe('RF64');
  expect(above.length).toBe(below.length);
});

test('the end of an RF64 file is found by flac', () => {
  // Five GiB of which only the header and the last second are on the disk.
  const shape: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };
  const frameCount = Math.floor((5 * 2 ** 30) / 4);
  const header = wavHeader(shape, frameCount * 4);
  const end = sequence(shape, 0, 48_000);
  const path = join(folder, 'large.wav');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, header.length + frameCount * 4);
  writeSync(fd, header, 0, header.length, 0);
  writeSync(fd, end, 0, end.length, header.length + frameCount * 4 - end.length);
  closeSync(fd);

  const flac = join(folder, 'end.flac');
  const raw = join(folder, 'end.raw');
  execFileSync('flac', ['--silent', '-f', `--skip=${frameCount - 48_000}`, '-o', flac, path]);
  execFileSync('flac', ['-s', '-f', '-d', '--force-raw-format', '--endian=little', '--sign=signed', '-o', raw, flac]);
  expect(readFileSync(raw).equals(end)).toBe(true);
});
