import { spawnSync } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { goAhead, inNoHurry } from './precedence.js';

const own = getPriority();
afterEach(() => setPriority(0, own));

/** The precedence that a new thread has. */
function ofNewThread(start: (make: () => Worker) => Worker): Promise<number> {
  const says = 'require("node:worker_threads").parentPort.postMessage(require("node:os").getPriority())';
  const thread = start(() => new Worker(says, { eval: true }));
  return new Promise((settle, fail) => thread.once('message', settle).once('error', fail));
}

test('what is in no hurry has not the precedence of who starts it, who keeps it', async (context) => {
  if (!goAhead()) context.skip('no precedence is allowed here');
  expect(await ofNewThread((make) => make())).toBe(-11);
  expect(await ofNewThread(inNoHurry)).toBe(5);
  expect(getPriority()).toBe(-11);
});

test.runIf(process.getuid?.() === 0)(
  'where precedence was given without a right to it, none is given away',
  (context) => {
    if (!goAhead()) context.skip('no precedence is allowed here');
    const script = `
    import { getPriority } from 'node:os';
    import { goAhead, inNoHurry } from '${new URL('./precedence.js', import.meta.url).href}';
    console.log(goAhead(), inNoHurry(getPriority) === getPriority(), getPriority() < 0);`;
    const noRight = ['setpriv', '--bounding-set=-sys_nice', '--inh-caps=-sys_nice', process.execPath];
    const child = spawnSync('nice', ['-n', '-15', ...noRight, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(child).toMatchObject({ stderr: '', stdout: 'false true true\n' });
  },
);
