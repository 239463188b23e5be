import { expect, test } from 'vitest';
import { LatestSender } from './latest-sender.js';

/** A way to the server that answers when told. */
function heldWay(): { sent: number[]; answer: (ok?: boolean) => void; send: (value: number) => Promise<void> } {
  const sent: number[] = [];
  let settle: ((ok: boolean) => void) | undefined;
  const send = (value: number): Promise<void> => {
    sent.push(value);
    return new Promise((resolve, reject) => (settle = (ok) => (ok ? resolve() : reject(new Error('refused')))));
  };
  return { sent, send, answer: (ok = true) => settle?.(ok) };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('the first value goes at once, then only the newest, and the last one always', async () => {
  const way = heldWay();
  const sender = new LatestSender(way.send, 1);
  for (const value of [1, 2, 3, 4]) sender.push(value);
  expect(way.sent).toEqual([1]);
  expect(sender.idle).toBe(false);
  way.answer();
  await soon();
  expect(way.sent).toEqual([1, 4]);
  way.answer();
  await soon();
  expect(sender.idle).toBe(true);
  expect(way.sent).toEqual([1, 4]);
});

test('a refusal does not stop what comes after', async () => {
  const way = heldWay();
  const sender = new LatestSender(way.send, 1);
  sender.push(1);
  sender.push(2);
  way.answer(false);
  await soon();
  expect(way.sent).toEqual([1, 2]);
});

test('however fast the answers, sends keep their distance', async () => {
  const sent: number[] = [];
  const sender = new LatestSender(async (value: number) => void sent.push(value), 10_000);
  sender.push(1);
  sender.push(2);
  await soon();
  expect(sent).toEqual([1]);
});
