import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** @type {string} */
let place;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'weir-supervise-'));
});
afterEach(() => rmSync(place, { recursive: true }));

/**
 * A supervisor in a process of its own, over a program that counts its starts in `starts`.
 * @param {string} program
 */
function supervised(program) {
  const file = join(place, 'program.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from 'node:fs';
     appendFileSync('${place}/starts', '.');
     const start = readFileSync('${place}/starts').length;
     ${program}`,
  );
  const supervisor = new URL('./supervise.mjs', import.meta.url).href;
  const code = `import { supervise } from '${supervisor}'; process.exitCode = await supervise(process.execPath, ['${file}']);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
  let stdout = '';
  child.stdout.on('data', (bytes) => (stdout += bytes));
  const ready = new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.on('close', resolve)).then((code) => ({
    code,
    stdout,
    starts: starts(),
  }));
  return { child, ready, ended };
}

const starts = () => (existsSync(`${place}/starts`) ? readFileSync(`${place}/starts`).length : 0);

test('a native crash is followed by a new start, and the exit code is the program’s own', async () => {
  const { ended } = supervised(`
    if (start < 3) process.kill(process.pid, 'SIGSEGV');
    else { console.log('weir ready'); process.exitCode = 7; }`);
  expect(await ended).toEqual({ code: 7, stdout: 'weir ready\n', starts: 3 });
});

test('an error exit is not tried again', async () => {
  const { ended } = supervised('process.exitCode = 1;');
  expect(await ended).toMatchObject({ code: 1, starts: 1 });
});

test.each(/** @type {const} */ (['SIGTERM', 'SIGINT']))('%s is passed on, once', async (signal) => {
  const { child, ready, ended } = supervised(`
    process.on('${signal}', () => { console.log('told'); setTimeout(() => process.exit(0), 200); });
    setInterval(() => {}, 1000);
    console.log('ready');`);
  await ready;
  child.kill(signal);
  child.kill(signal);
  expect(await ended).toEqual({ code: 0, stdout: 'ready\ntold\n', starts: 1 });
});

test('a signal during the pause between two starts ends it', async () => {
  const { child, ended } = supervised(`process.kill(process.pid, 'SIGKILL');`);
  // The third pause is 800 ms long.
  while (starts() < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
});
