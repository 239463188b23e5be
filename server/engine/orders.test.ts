import { expect, test } from 'vitest';
import { ORDER_LIMIT } from './limits.js';
import { type Order, ORDER_RING_BYTES, OrderReader, OrderWriter } from './orders.js';

function ring() {
  const shared = new SharedArrayBuffer(ORDER_RING_BYTES);
  const reader = new OrderReader(shared);
  const taken = (): Order[] => {
    const orders: Order[] = [];
    reader.take((order) => orders.push(order));
    return orders;
  };
  return { shared, writer: new OrderWriter(shared), taken };
}

const attach = {
  slot: 1023,
  memory: {
    control: 0x7fff_1234_5000n,
    status: 0x7fff_ffff_f000n,
    samples: 0x0000_8000_0000n,
    capacityFrames: 2 ** 21,
    frameBytes: 32,
  },
  spec: { format: 's24', rate: 192_000, channels: 8 },
  resampler: 0x7f00_0000_0040n,
  wakeFd: -1,
  client: 2 ** 31 - 1,
  frames: 2 ** 33 + 2 ** 32 - 1,
} as const;

const EVERY: readonly Order[] = [
  { kind: 'play', ...attach, gain: 0.5, paused: true, startFrames: 7, fillFrames: 9, fadeIn: true, live: true, stream: 2 ** 31 - 1 },
  { kind: 'play', ...attach, frames: 0, resampler: 0n, gain: 1, paused: false, startFrames: 1, fillFrames: 2, fadeIn: false, live: false, stream: 1 },
  { kind: 'tap', ...attach, mixMinus: true, solo: 0 },
  { kind: 'tap', ...attach, mixMinus: false, solo: 2 ** 31 - 1 },
  { kind: 'detach', slot: 3 },
  { kind: 'gain', slot: 3, gain: 3.375 },
  { kind: 'pause', slot: 3, paused: true },
  { kind: 'drain', slot: 3 },
  { kind: 'fill', slot: 3, fillFrames: 480, startFrames: 240 },
  { kind: 'output-gain', gains: [0.25, 0] },
  { kind: 'quantum', frames: 4096 },
  { kind: 'skip', slot: 3, frame: 2 ** 33 + 2 ** 32 - 1 },
  { kind: 'balance', slot: 3, gains: [1, 0.5, 0, 0.25, 1, 1, 1, 0.125] },
  { kind: 'stop' },
]; // prettier-ignore

test('every order arrives as it was given', () => {
  const { writer, taken } = ring();
  writer.post(...EVERY);
  expect(taken()).toEqual(EVERY);
  expect(taken()).toEqual([]);
});

test('the ring wraps, its counters too, and keeps the order', () => {
  const { shared, writer, taken } = ring();
  const words = new Int32Array(shared);
  // Both counters stand shortly before they turn negative, then before they start anew.
  for (const start of [2 ** 31 - 100, -100]) {
    words[0] = words[16] = start;
    for (let i = 0; i < 3 * ORDER_LIMIT; i += 3) {
      const batch = [i, i + 1, i + 2].map((slot) => ({ kind: 'drain', slot }) as const);
      writer.post(...batch);
      expect(taken()).toEqual(batch);
    }
  }
});

test('what does not fit is held back, whole batches in their order, until there is room', () => {
  const { writer, taken } = ring();
  for (let i = 0; i < ORDER_LIMIT - 1; i++) writer.post({ kind: 'drain', slot: i });
  writer.post({ kind: 'detach', slot: 1 }, { kind: 'detach', slot: 2 });
  // It would fit, but must not overtake.
  writer.post({ kind: 'drain', slot: 9999 });
  expect(taken()).toHaveLength(ORDER_LIMIT - 1);
  expect(taken()).toEqual([]);
  writer.flush();
  expect(taken()).toEqual([
    { kind: 'detach', slot: 1 },
    { kind: 'detach', slot: 2 },
    { kind: 'drain', slot: 9999 },
  ]);
});
