import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TWICE_AFTER_MS } from '../../../server/stream/jitter/sent-packets.js';
import type { ClientBody } from '../../carrier/carrier.js';
import { LiveOutlet } from './live-outlet.js';

const packet = (n: number) => ({ frame: n * 480, captureUs: n, data: Uint8Array.of(n) });

function outlet(losesSound: boolean) {
  const sent: ClientBody[] = [];
  const way = { losesSound, sendSound: (body: ClientBody) => void sent.push(body) };
  const live = new LiveOutlet(way, 7);
  for (let n = 0; n < 5; n++) live.send(packet(n));
  return { live, sent };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a packet that is missed goes again, marked', () => {
  const { live, sent } = outlet(true);
  live.sendAgain({ fromFrame: 960, toFrame: 1440, twice: false });
  expect(sent.slice(5)).toEqual([{ audio: { stream: 7, ...packet(2), again: true } }]);
});

test('all go twice once that is wanted, a little apart', () => {
  const { live, sent } = outlet(true);
  live.sendAgain({ fromFrame: 0, toFrame: 0, twice: true });
  live.send(packet(5));
  expect(sent).toHaveLength(6);
  vi.advanceTimersByTime(TWICE_AFTER_MS);
  expect(sent.slice(5)).toEqual([{ audio: { stream: 7, ...packet(5) } }, { audio: { stream: 7, ...packet(5) } }]);
});

test('on a way that loses nothing, nothing goes a second time', () => {
  const { live, sent } = outlet(false);
  live.sendAgain({ fromFrame: 0, toFrame: 4800, twice: true });
  live.send(packet(5));
  vi.advanceTimersByTime(TWICE_AFTER_MS);
  expect(sent).toHaveLength(6);
});
