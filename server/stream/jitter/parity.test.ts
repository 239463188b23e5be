import { expect, test } from 'vitest';
import { ParityMaker, ParityMender } from './parity.js';

const FRAMES = 480;

/** A packet that no other one is like. */
const packet = (n: number, sizeBytes = 60) => ({
  frame: n * FRAMES,
  frames: FRAMES,
  data: Uint8Array.from({ length: sizeBytes }, (_, i) => (n * 37 + i * i) % 256),
});

/** What a hearer makes of packets 0 … `count` - 1 of which `lost` did not come. */
function mended(count: number, lost: readonly number[]) {
  const maker = new ParityMaker();
  const mender = new ParityMender();
  const made = [];
  for (let n = 0; n < count; n++) {
    const parity = maker.next(packet(n));
    if (lost.includes(n)) continue;
    const found = parity && mender.mend(packet(n).frame, parity);
    if (found) made.push(found);
    mender.note(packet(n));
  }
  return made;
}

test('either of two packets is made of the other', () => {
  expect(mended(9, [2])).toEqual([packet(2)]);
  expect(mended(9, [5])).toEqual([packet(5)]);
  expect(mended(9, [0, 3, 5])).toEqual([packet(0), packet(3), packet(5)]);
});

test('every second packet has parity, and only where something is lost it makes any', () => {
  const maker = new ParityMaker();
  const has = Array.from({ length: 8 }, (_, n) => maker.next(packet(n)) !== undefined);
  expect(has).toEqual([false, false, true, false, true, false, true, false]);
  expect(mended(8, [])).toEqual([]);
});

test('of two that are lost together nothing is made, nor of one whose parity is lost', () => {
  expect(mended(9, [2, 3])).toEqual([]);
  expect(mended(9, [3, 4])).toEqual([packet(4)]);
});

test('packets of unlike lengths, and around a gap, have none', () => {
  const maker = new ParityMaker();
  for (const next of [packet(0), packet(1, 61), packet(2)]) expect(maker.next(next)).toBeUndefined();
  expect(maker.next(packet(4))).toBeUndefined();
  expect(maker.next(packet(5))).toBeUndefined();
});

test('a parity that is as long as no packet makes nothing', () => {
  const mender = new ParityMender();
  mender.note(packet(0));
  expect(mender.mend(2 * FRAMES, new Uint8Array(59))).toBeUndefined();
  expect(mender.mend(7 * FRAMES, new Uint8Array(60))).toBeUndefined();
});

test('what the decoder writes into a packet does not show in the next one', () => {
  const mender = new ParityMender();
  const first = packet(0);
  mender.note(first);
  first.data.fill(0);
  const parity = packet(0).data.map((byte, i) => byte ^ (packet(1).data[i] ?? 0));
  expect(mender.mend(2 * FRAMES, parity)).toEqual(packet(1));
});
