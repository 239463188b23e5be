import { afterEach, expect, test } from 'vitest';
import { Outbox } from './outbox.js';
import { close, must, receive, wakePair } from './sys.js';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const act of cleanUp.splice(0)) act();
});

/** Two ends of a socket that keeps messages apart. */
function pair(): { ours: number; theirs: number } {
  const [ours, theirs] = must(wakePair());
  cleanUp.push(() => void close(ours));
  return { ours, theirs };
}

const correspondent = () => {
  const told: number[] = [];
  return { told, left: (bytes: number) => void told.push(bytes) };
};

function read(fd: number): string | undefined {
  const into = Buffer.alloc(64);
  const got = receive(fd, into, 0);
  return 'length' in got ? into.toString('latin1', 0, got.length) : undefined;
}

test('each socket gets its own message, in whatever company, and more of them than one call takes', () => {
  const outbox = new Outbox();
  const all = Array.from({ length: 150 }, (_, index) => ({ ...pair(), ...correspondent(), text: `to ${index}` }));
  for (const one of all) {
    cleanUp.push(() => void close(one.theirs));
    outbox.put(one.ours, Buffer.from(one.text), one);
  }
  outbox.send();
  for (const { theirs, text, told } of all) {
    expect([read(theirs), read(theirs), ...told]).toEqual([text, undefined, text.length]);
  }
  outbox.send();
  expect(all.every(({ told }) => told.length === 1)).toBe(true);
});

test('a message is copied when it is put: its bytes may be others by then', () => {
  const outbox = new Outbox();
  const { ours, theirs } = pair();
  cleanUp.push(() => void close(theirs));
  const bytes = Buffer.from('first');
  outbox.put(ours, bytes, correspondent());
  bytes.write('other');
  outbox.send();
  expect(read(theirs)).toBe('first');
});

test('who is gone, or reads nothing, or has too much to say, keeps its message, and no other is the worse for it', () => {
  const outbox = new Outbox();
  const [gone, full, long, well] = [0, 1, 2, 3].map(() => ({ ...pair(), ...correspondent() }));
  if (!gone || !full || !long || !well) throw new Error('four were made');
  close(gone.theirs);
  for (const { theirs } of [full, long, well]) cleanUp.push(() => void close(theirs));
  let taken = 0;
  do {
    taken = full.told.length;
    outbox.put(full.ours, new Uint8Array(1024), full);
    outbox.send();
  } while (full.told.length > taken);
  outbox.put(gone.ours, Buffer.from('gone'), gone);
  outbox.put(full.ours, Buffer.from('full'), full);
  outbox.put(long.ours, new Uint8Array(64 * 1024), long);
  outbox.put(well.ours, Buffer.from('well'), well);
  outbox.send();
  expect([gone.told, full.told.length, long.told, well.told]).toEqual([[], taken, [], [4]]);
  expect(read(well.theirs)).toBe('well');
});
