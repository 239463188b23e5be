import { describe, expect, test } from 'vitest';
import { CopyTap } from './copy-tap.js';
import { RECORD_QUEUE_MS } from './limits.js';

const FRAME_BYTES = 4;
const RATE = 8000;
const frames = (count: number, value = 0): Uint8Array => new Uint8Array(count * FRAME_BYTES).fill(value);

describe('recording by copies', () => {
  test('gives packets in order, as its own bytes', () => {
    const tap = new CopyTap(FRAME_BYTES, RATE);
    const reused = frames(10, 1);
    tap.packet(0, reused);
    reused.fill(9);
    tap.packet(10, frames(5, 2));
    expect(tap.read()).toEqual(frames(10, 1));
    expect(tap.read()).toEqual(frames(5, 2));
    expect(tap.read()).toBeUndefined();
    expect(tap.lostFrames()).toBe(0);
  });

  test('counts what the server left out, and leaves out torn frames', () => {
    const tap = new CopyTap(FRAME_BYTES, RATE);
    tap.packet(100, frames(10));
    tap.packet(130, new Uint8Array(FRAME_BYTES * 2 + 3));
    tap.packet(132, new Uint8Array(3));
    expect(tap.lostFrames()).toBe(120);
    expect([tap.read()?.length, tap.read()?.length, tap.read()]).toEqual([
      10 * FRAME_BYTES,
      2 * FRAME_BYTES,
      undefined,
    ]);
  });

  test('beyond its limit the oldest go, counted', () => {
    const tap = new CopyTap(FRAME_BYTES, RATE);
    const limit = (RATE * RECORD_QUEUE_MS) / 1000;
    for (let at = 0; at < 2 * limit; at += 1000) tap.packet(at, frames(1000, at / 1000));
    expect(tap.lostFrames()).toBe(limit);
    expect(tap.read()?.[0]).toBe(limit / 1000);
  });

  test('what had come can be read after the end; nothing comes afterwards', async () => {
    const tap = new CopyTap(FRAME_BYTES, RATE);
    tap.packet(0, frames(3));
    tap.close();
    tap.packet(3, frames(3));
    await tap.waitForFrames();
    expect(tap.read()).toEqual(frames(3));
    expect(tap.read()).toBeUndefined();
  });
});
