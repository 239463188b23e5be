import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { expect, test } from 'vitest';
import { keepOff } from './helper-threads.js';

/** Prints, until both are of the same moment, the processor that it is on and those that its other threads may be on. */
const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { HelperThreads } from '${new URL('./helper-threads.js', import.meta.url).href}';
  const status = (thread) => readFileSync('/proc/self/task/' + thread + '/status', 'utf8');
  const mayBeOn = (thread) => /Cpus_allowed_list:\\s+(\\S+)/.exec(status(thread))[1];
  const processor = () => Number(readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ')[36]);
  const helpers = new HelperThreads();
  const others = readdirSync('/proc/self/task').filter((thread) => Number(thread) !== process.pid);
  for (let here = -1; here !== processor();) {
    here = processor();
    helpers.stepAside();
    var found = { here, own: mayBeOn(process.pid), others: [...new Set(others.map(mayBeOn))], count: others.length };
  }
  console.log(JSON.stringify(found));`;

const cpusOf = (list: string): number[] =>
  list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

test.skipIf(availableParallelism() < 2)(
  'Node’s helpers leave the processor that the main thread is on, and only they',
  () => {
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' });
    const found = JSON.parse(said) as { here: number; own: string; others: string[]; count: number };
    expect(found.count).toBeGreaterThan(0);
    expect(cpusOf(found.own)).toContain(found.here);
    expect(found.others.map(cpusOf)).toEqual([cpusOf(found.own).filter((cpu) => cpu !== found.here)]);
  },
);

const mayBeOn = (process: number): string =>
  /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1] ?? '';

test('where there is no other processor, they stay', () => {
  const [only = 0] = cpusOf(mayBeOn(process.pid));
  const node = [process.execPath, '--input-type=module', '-e', SCRIPT];
  const said = execFileSync('taskset', ['-c', String(only), ...node], { encoding: 'utf8' });
  expect(JSON.parse(said)).toMatchObject({ here: only, own: String(only), others: [String(only)] });
});

test('a thread of another process, which may have the number of one that ended, is not touched', () => {
  const before = mayBeOn(process.ppid);
  expect(keepOff(process.ppid, cpusOf(before)[0] ?? 0)).toBe(-constants.errno.ESRCH);
  expect(mayBeOn(process.ppid)).toBe(before);
});
