import { randomBytes } from 'node:crypto';
import { fstatSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Member, ROOM_BYTES, type SocketEvents, SocketSet } from './socket-set.js';
import { accept, close, connect, listen, memfd, must, send } from './sys.js';

const READS = { readable: true, writable: false };
const RESTS = { readable: false, writable: false };
const cleanUp: (() => void)[] = [];

afterEach(() => {
  for (const act of cleanUp.splice(0).reverse()) act();
});

/** A connected pair of sockets; both ends are closed with the test. */
function pair(): { ours: number; theirs: number } {
  const path = join(tmpdir(), `weir-set-${randomBytes(6).toString('hex')}`);
  const listener = must(listen(path, 0o600, 1));
  const theirs = must(connect(path));
  const ours = must(accept(listener));
  close(listener);
  rmSync(path);
  cleanUp.push(
    () => void close(ours),
    () => void close(theirs),
  );
  return { ours, theirs };
}

function newSet(): SocketSet {
  const set = new SocketSet();
  cleanUp.push(() => set.close());
  return set;
}

interface Heard extends SocketEvents {
  readonly came: string[];
  readonly fds: number[];
  writables: number;
  failures: number;
}

function ear(after: () => void = () => undefined): Heard {
  const heard: Heard = {
    came: [],
    fds: [],
    writables: 0,
    failures: 0,
    arrived: (bytes, fds) => {
      heard.came.push(Buffer.from(bytes).toString());
      heard.fds.push(...fds);
      after();
    },
    failed: () => void heard.failures++,
    writable: () => void heard.writables++,
  };
  return heard;
}

const aWhile = () => sleep(30);

test('each hears what came by its own socket, and of its end', async () => {
  const set = newSet();
  const ends = Array.from({ length: 100 }, pair);
  const heard = ends.map(({ ours }) => {
    const one = ear(() => one.came.at(-1) === '' && member.leave());
    const member: Member = set.join(ours, READS, one);
    return one;
  });
  for (const [index, { theirs }] of ends.entries()) send(theirs, Buffer.from(`to ${index}`));
  await aWhile();
  expect(heard.map(({ came }) => came)).toEqual(ends.map((_, index) => [`to ${index}`]));
  close(ends[7]?.theirs ?? -1);
  await aWhile();
  expect(heard[7]?.came).toEqual(['to 7', '']);
});

test('what does not fit into the room comes the next time', async () => {
  const set = newSet();
  const { ours, theirs } = pair();
  const heard = ear();
  set.join(ours, READS, heard);
  const sent = 'x'.repeat(ROOM_BYTES + 10);
  send(theirs, Buffer.from(sent));
  await aWhile();
  expect(heard.came.map((text) => text.length)).toEqual([ROOM_BYTES, 10]);
});

test('who rests hears nothing, not even of a hang-up, until it wants to again', async () => {
  const set = newSet();
  const { ours, theirs } = pair();
  const heard = ear();
  const member = set.join(ours, READS, heard);
  member.want(RESTS);
  send(theirs, Buffer.from('late'));
  await aWhile();
  expect(heard.came).toEqual([]);
  member.want(READS);
  await aWhile();
  expect(heard.came).toEqual(['late']);
  member.want({ readable: false, writable: true });
  await aWhile();
  expect(heard.writables).toBeGreaterThan(0);
});

test('what cannot be waited for is told', async () => {
  const set = newSet();
  const heard = ear();
  const file = must(memfd('no socket', 4096));
  set.join(file, READS, heard);
  await aWhile();
  expect([heard.failures, heard.came]).toEqual([1, []]);
  close(file);
});

test('what had come for somebody who left meanwhile is nobody’s, and its descriptors are closed', async () => {
  const set = newSet();
  const ends = [pair(), pair()];
  const members: Member[] = [];
  // Whoever comes first makes the other one leave, in the same look.
  const heard = [0, 1].map((index) => ear(() => members[1 - index]?.leave()));
  ends.forEach(({ ours }, index) => members.push(set.join(ours, READS, heard[index] ?? ear())));
  const fds = ends.map(() => must(memfd('news', 4096)));
  ends.forEach(({ theirs }, index) => send(theirs, Buffer.from('news'), [fds[index] ?? -1]));
  for (const fd of fds) close(fd);
  await aWhile();
  expect(heard.flatMap(({ came }) => came)).toEqual(['news']);
  const [kept = -1, ...others] = heard.flatMap((one) => one.fds);
  expect(others).toEqual([]);
  expect(fstatSync(kept).size).toBe(4096);
  close(kept);
});
