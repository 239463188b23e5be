import { expect, test } from 'vitest';
import { opusFrames } from './opus-packet.js';

test.each([
  ['CELT 2.5 ms', [16 << 3], 120],
  ['CELT 20 ms, as libopus makes music', [31 << 3], 960],
  ['SILK 60 ms', [3 << 3], 2880],
  ['hybrid 20 ms', [15 << 3], 960],
  ['two of 10 ms', [(30 << 3) | 1], 960],
  ['two of different sizes', [(30 << 3) | 2], 960],
  ['six of 20 ms', [(31 << 3) | 3, 6], 5760],
  ['nothing', [], 0],
  ['code 3 without its count', [(31 << 3) | 3], 0],
])('%s', (_, bytes, frames) => {
  expect(opusFrames(Uint8Array.from(bytes))).toBe(frames);
});
