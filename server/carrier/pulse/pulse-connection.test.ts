import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { SocketSet } from '../../../native-shim/socket-set.js';
import { accept, close, connect, listen, must, pollReadable, receive, send } from '../../../native-shim/sys.js';
import type { WeirError } from '../../observe/errors.js';
import { Crowd } from './crowd.js';
import { Budget } from './budget.js';
import { CONNECTION_BUDGET, FRAMES_PER_TURN, UNSENT_LIMIT_BYTES, UNSENT_PAUSE_BYTES } from './limits.js';
import { type FrameTaker, PulseConnection } from './pulse-connection.js';
import { Sleepers } from './sleepers.js';
import { DESCRIPTOR_BYTES } from './wire/framing/descriptor.js';
import type { Frame } from './wire/framing/frame-reader.js';

const SOUND_BYTES = 4;
const ANSWER_BYTES = 4096;

const crowd = new Crowd();
const shared = { sleepers: new Sleepers(), sockets: new SocketSet() };
afterAll(() => shared.sockets.close());
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** Numbered frames of sound, back to back. */
function frames(count: number, first = 0): Buffer {
  const all = Buffer.alloc(count * (DESCRIPTOR_BYTES + SOUND_BYTES));
  for (let i = 0; i < count; i++) {
    const at = i * (DESCRIPTOR_BYTES + SOUND_BYTES);
    all.writeUInt32BE(SOUND_BYTES, at);
    all.writeUInt32BE(first + i, at + DESCRIPTOR_BYTES);
  }
  return all;
}

/** Notes what it is given, and how much in one turn of the loop. */
class Taker implements FrameTaker {
  readonly numbers: number[] = [];
  why: WeirError | undefined;
  gone = false;
  mostInTurn = 0;
  #inTurn = 0;

  constructor(readonly then: () => void = () => {}) {}

  take(frame: Frame): void {
    if (frame.kind === 'sound')
      this.numbers.push(new DataView(frame.bytes.buffer, frame.bytes.byteOffset).getUint32(0));
    if (this.#inTurn === 0) setImmediate(() => (this.#inTurn = 0));
    this.mostInTurn = Math.max(this.mostInTurn, ++this.#inTurn);
    this.then();
  }

  refused(why: WeirError): void {
    this.why = why;
  }

  closed(): void {
    this.gone = true;
  }
}

function visit(answer?: (connection: PulseConnection) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-connection-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const door = must(listen(join(folder, 's'), 0o600, 1));
  const theirs = must(connect(join(folder, 's')));
  cleanups.push(() => close(door), () => close(theirs)); // prettier-ignore
  pollReadable(door, 5000);
  const ours = must(accept(door));
  const place = crowd.admit(ours);
  if (!place) throw new Error('no place');
  const connection = new PulseConnection(ours, place, new Budget(CONNECTION_BUDGET, performance.now()), shared);
  cleanups.push(() => connection.close());
  const taker = new Taker(() => answer?.(connection));
  connection.begin(taker);
  return { connection, taker, theirs };
}

/** As much as the socket takes, again and again until it is all sent. */
async function sendAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    const sent = send(fd, rest);
    if (typeof sent === 'number') rest = rest.subarray(sent);
    else await sleep(1);
  }
}

const counting = (count: number) => Array.from({ length: count }, (_, i) => i);
const soon = (look: () => void) => vi.waitFor(look, 10_000);

test('who sends more than its share waits, a part a turn, and nothing of it is lost', async () => {
  const { taker, theirs } = visit();
  const count = CONNECTION_BUDGET.frames.atOnce + 1000;
  await sendAll(theirs, frames(count));
  await soon(() => expect(taker.numbers).toHaveLength(count));
  expect(taker.numbers).toEqual(counting(count));
  // What a nap left over, and what was read after it.
  expect(taker.mostInTurn).toBeLessThanOrEqual(2 * FRAMES_PER_TURN);
});

test('who took too much of the main thread’s time is not read until that is paid back', async () => {
  const { connection, taker, theirs } = visit();
  connection.budget.workMs.spend(CONNECTION_BUDGET.workMs.atOnce + 50);
  await sendAll(theirs, frames(3));
  await sleep(50);
  expect(taker.numbers).toEqual([]);
  await soon(() => expect(taker.numbers).toEqual([0, 1, 2]));
});

test('who does not read its answers is not read either, and goes on when it does', async () => {
  const { connection, taker, theirs } = visit(({ out }) => void out.sound(1, ANSWER_BYTES).fill(1));
  const count = 1000;
  await sendAll(theirs, frames(count));
  await soon(() => expect(connection.out.length).toBeGreaterThan(UNSENT_PAUSE_BYTES));
  await sleep(50);
  expect(connection.out.length).toBeLessThan(UNSENT_PAUSE_BYTES + 2 * (DESCRIPTOR_BYTES + ANSWER_BYTES));
  expect(taker.numbers.length).toBeLessThan(count);
  const room = new Uint8Array(256 * 1024);
  await soon(() => {
    while (typeof receive(theirs, room, 0) === 'object' && pollReadable(theirs, 0) > 0);
    expect(taker.numbers).toHaveLength(count);
  });
  expect(connection.open).toBe(true);
});

test('who is told more than it reads, asked or not, ends', () => {
  const { connection, taker } = visit();
  while (connection.open && connection.out.length <= 2 * UNSENT_LIMIT_BYTES) {
    connection.out.sound(1, ANSWER_BYTES).fill(1);
    connection.flush();
  }
  expect(taker.why?.code).toBe('TOO_SLOW');
  expect(taker.gone).toBe(true);
});

test('while it is held nothing is carried out, what was read already neither', async () => {
  let release = () => {};
  const held = new Promise<void>((settle) => (release = settle));
  const { taker, theirs } = visit((connection) => {
    if (taker.numbers.length === 1) connection.hold(held);
  });
  await sendAll(theirs, frames(3));
  await soon(() => expect(taker.numbers).toEqual([0]));
  await sendAll(theirs, frames(1, 3));
  await sleep(30);
  expect(taker.numbers).toEqual([0]);
  release();
  await soon(() => expect(taker.numbers).toEqual([0, 1, 2, 3]));
});

test('bytes that make no frames end it, whatever came before them is carried out', async () => {
  const { taker, theirs } = visit();
  await sendAll(theirs, Buffer.concat([frames(2), Buffer.alloc(DESCRIPTOR_BYTES), frames(2)]));
  await soon(() => expect(taker.gone).toBe(true));
  expect(taker.numbers).toEqual([0, 1]);
  expect(taker.why?.code).toBe('BAD_MESSAGE');
});
