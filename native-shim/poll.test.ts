import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { watch, type Watch } from './poll.js';
import { close, must, take, wake, wakePair } from './sys.js';

const READ = { readable: true, writable: false };
const REST = { readable: false, writable: false };
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

const open: number[] = [];
const watches: Watch[] = [];

function pair(): [number, number] {
  const ends = must(wakePair());
  open.push(...ends);
  return ends;
}

function watched(...args: Parameters<typeof watch>): Watch {
  const made = watch(...args);
  watches.push(made);
  return made;
}

function reading(fd: number): { count: number } {
  const into = new Uint8Array(8);
  const seen = { count: 0 };
  watched(fd, READ, () => {
    seen.count++;
    take(fd, into, into.length);
  });
  return seen;
}

afterEach(() => {
  for (const one of watches.splice(0)) one.close();
  for (const fd of open.splice(0)) close(fd);
});

describe('watch', () => {
  test('tells readiness once per byte taken, and nothing while there is none', async () => {
    const [a, b] = pair();
    const seen = reading(a);
    await turn();
    expect(seen.count).toBe(0);
    wake(b);
    await turn();
    wake(b);
    await turn();
    expect(seen.count).toBe(2);
  });

  test('an error does not hide what can still be read before it', async () => {
    const [a, b] = pair();
    wake(a); // never read: closing with it is an error for `a`
    for (let i = 0; i < 3; i++) wake(b);
    const into = new Uint8Array(8);
    const results: number[] = [];
    const one = watched(a, READ, () => {
      const got = take(a, into, into.length);
      results.push(got);
      if (got === 0) one.close();
    });
    close(b);
    open.splice(open.indexOf(b), 1);
    await turn();
    expect(results.filter((got) => got === 1)).toHaveLength(3);
    expect(results.at(-1)).toBe(0);
  });

  test('a resting watch is silent and tells what waited when it wants again', async () => {
    const [a, b] = pair();
    const told: boolean[] = [];
    const one = watched(a, REST, (ready) => {
      told.push(ready.readable);
      one.want(REST);
    });
    wake(b);
    await turn();
    expect(told).toEqual([]);
    one.want(READ);
    await turn();
    expect(told).toEqual([true]);
  });

  test('wanting to write is told at once, beside reading', async () => {
    const [a, b] = pair();
    wake(b);
    const told: string[] = [];
    const one = watched(a, { readable: true, writable: true }, (ready) => {
      told.push(`${ready.readable} ${ready.writable}`);
      one.want(REST);
    });
    await turn();
    expect(told).toEqual(['true true']);
  });

  test('the end of the peer is readiness', async () => {
    const [a, b] = pair();
    let told = 0;
    const one = watched(a, READ, () => {
      told++;
      one.want(REST);
    });
    close(b);
    open.splice(open.indexOf(b), 1);
    await turn();
    expect(told).toBe(1);
  });

  test('closing inside the callback, and twice, is harmless', async () => {
    const [a, b] = pair();
    let told = 0;
    const one = watched(a, READ, () => {
      told++;
      one.close();
      one.close();
    });
    wake(b);
    await turn();
    one.want(READ);
    await turn();
    expect(told).toBe(1);
  });

  test('survives garbage collection without a reference', async () => {
    const [a, b] = pair();
    const seen = reading(a);
    watches.length = 0;
    setFlagsFromString('--expose-gc');
    for (let i = 0; i < 3; i++) {
      runInNewContext('gc()');
      await turn();
    }
    wake(b);
    await turn();
    expect(seen.count).toBe(1);
  });
});
