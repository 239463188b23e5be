import { spawnSync } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { goAhead, inNoHurry } from './precedence.js';

const own = getPriority();
afterEach(() => setPriority(0, own));

const SAYS_ITS_OWN = `
  const { parentPort } = require('node:worker_threads');
  const say = () => parentPort.postMessage(require('node:os').getPriority());
  parentPort.once('message', say);
  say();`;
const newThread = (): Worker => new Worker(SAYS_ITS_OWN, { eval: true });

const saidBy = (thread: Worker): Promise<number> =>
  new Promise((settle, fail) => thread.once('message', settle).once('error', fail));

test('what is in no hurry has not the precedence of who starts it, who keeps it, until it is told to hurry', async (context) => {
  if (!goAhead()) context.skip('no precedence is allowed here');
  const usual = newThread();
  expect(await saidBy(usual)).toBe(-11);
  const { started, hurry } = inNoHurry(newThread);
  expect(getPriority()).toBe(-11);
  expect(await saidBy(started)).toBe(5);
  hurry();
  started.postMessage('once more');
  expect(await saidBy(started)).toBe(-11);
  await usual.terminate();
});

test.runIf(process.getuid?.() === 0)(
  'where precedence was given without a right to it, none is given away',
  (context) => {
    if (!goAhead()) context.skip('no precedence is allowed here');
    const script = `
    import { getPriority } from 'node:os';
    import { goAhead, inNoHurry } from '${new URL('./precedence.js', import.meta.url).href}';
    console.log(goAhead(), inNoHurry(getPriority).started === getPriority(), getPriority() < 0);`;
    const noRight = ['setpriv', '--bounding-set=-sys_nice', '--inh-caps=-sys_nice', process.execPath];
    const child = spawnSync('nice', ['-n', '-15', ...noRight, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(child).toMatchObject({ stderr: '', stdout: 'false true true\n' });
  },
);
