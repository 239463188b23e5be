import { expect, test } from 'vitest';
import type { Skew } from '../../../server/engine/drift/fastest-line.js';
import type { ClientBody } from '../../carrier/carrier.js';
import { LiveOutlet } from './live-outlet.js';

const packet = (n: number) => ({ frame: n * 480, captureUs: n, data: Uint8Array.of(n) });

function outlet(datagramBytes: number, skew: () => Skew | undefined = () => undefined) {
  const sent: ClientBody[] = [];
  const way = { datagramBytes, sendSound: (body: ClientBody) => void sent.push(body) };
  const live = new LiveOutlet(way, 7, skew);
  for (let n = 0; n < 5; n++) live.send(packet(n));
  return { live, sent };
}

test('a packet that is missed goes again, marked', () => {
  const { live, sent } = outlet(1200);
  live.sendAgain({ fromFrame: 960, toFrame: 1440, twice: false });
  expect(sent.slice(5)).toEqual([{ audio: { stream: 7, frame: 960, data: Uint8Array.of(2), again: true } }]);
});

test('parity goes along once resending is too slow', () => {
  const { live, sent } = outlet(1200);
  expect(live.guarded).toBe(false);
  live.sendAgain({ fromFrame: 0, toFrame: 0, twice: true });
  expect(live.guarded).toBe(true);
  for (let n = 5; n < 8; n++) live.send(packet(n));
  expect(sent.map(({ audio }) => audio?.parity)).toEqual([...Array<undefined>(7), Uint8Array.of(5 ^ 6)]);
});

test('it says what is known of its clock too, and never that there is no error', () => {
  const { live, sent } = outlet(1200, () => ({ skew: -123.4567e-6, error: 1e-12 }));
  for (let n = 5; n < 10; n++) live.send(packet(n));
  expect(sent[8]).toMatchObject({ audio: { captureUs: 8, skewPpb: -123_457, skewErrorPpb: 1 } });
  expect(sent[9]?.audio?.skewErrorPpb).toBeUndefined();
});

test('one packet in eight says when it was captured', () => {
  const { live, sent } = outlet(1200);
  for (let n = 5; n < 17; n++) live.send({ ...packet(n), captureUs: 1000 + n });
  expect(sent.slice(5).flatMap(({ audio }) => audio?.captureUs ?? [])).toEqual([1008, 1016]);
});

test('what is too long to get lost does not go again', () => {
  const { live, sent } = outlet(1200);
  live.send({ frame: 2400, captureUs: 0, data: new Uint8Array(1200) });
  live.sendAgain({ fromFrame: 0, toFrame: 4800, twice: false });
  expect(sent.slice(6).map(({ audio }) => audio?.frame)).toEqual([0, 480, 960, 1440, 1920]);
});

test('on a way that loses nothing, nothing goes a second time', () => {
  const { live, sent } = outlet(0);
  live.sendAgain({ fromFrame: 0, toFrame: 4800, twice: true });
  for (let n = 5; n < 10; n++) live.send(packet(n));
  expect(live.guarded).toBe(false);
  expect(sent).toHaveLength(10);
  expect(sent.some(({ audio }) => audio?.parity)).toBe(false);
});
