import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { ByteQueue } from './byte-queue.js';
import { parseDeviceSpec } from './device-spec.js';
import { FileWriterState, STATE_BYTES } from './file-writer-state.js';
import { FILE_OPEN_LIMIT_MS } from './limits.js';
import { openOutput } from './open-output.js';
import type { FrameSpec, OutputDriver } from './output-driver.js';
import { type OutputPlan, type PreparedOutput, prepareOutput } from './prepare-output.js';
import { Player } from './testing/player.js';
import { sequence } from './testing/sequence.js';
import { readWav } from './testing/wav-frames.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

let path = '';
let tests = 0;
beforeEach(() => {
  path = join(folder, `${tests++}.wav`);
});

function prepare(options = ''): PreparedOutput {
  const spec = parseDeviceSpec(`file:${path}${options}`);
  if (spec instanceof WeirError) throw spec;
  return prepareOutput(spec);
}

function opened(plan: OutputPlan): OutputDriver {
  const driver = openOutput(plan);
  if (driver instanceof WeirError) throw driver;
  return driver;
}

const STEREO: FrameSpec = { format: 's16', rate: 48_000, channels: 2 };

/** How many frames of the sequence the file holds; fails unless they are exact. */
function countFrames(file: string): number {
  const found = readWav(file).frames;
  expect(found.length % 4).toBe(0);
  expect(found.equals(sequence(STEREO, 0, found.length / 4))).toBe(true);
  return found.length / 4;
}

describe('a file output', () => {
  test('holds exactly what was played, whatever the quanta', async () => {
    const output = prepare();
    const player = new Player(opened(output.plan));
    for (const quantum of [64, 4096, 441, 512]) player.play(quantum, quantum * 5, 5_000);
    await output.close();
    expect(countFrames(path)).toBe(player.playedFrames);
  });

  test('goes on at its end when an engine thread replaces another', async () => {
    const output = prepare();
    const first = new Player(opened(output.plan));
    first.play(512, 4_096, 5_000);
    const second = new Player(opened(output.plan), first.playedFrames);
    second.play(256, 4_096, 5_000);
    await output.close();
    expect(countFrames(path)).toBe(8_192);
  });

  test('starts anew in the next life of a server', async () => {
    writeFileSync(path, 'what an earlier server left');
    const output = prepare('?format=s24&channels=1');
    opened(output.plan);
    await output.close();
    expect(readWav(path).frames).toHaveLength(0);
  });

  test('that cannot be written says why, and may be tried again', async () => {
    path = join(folder, 'missing', 'x.wav');
    const output = prepare();
    const refusal = openOutput(output.plan);
    expect(refusal).toMatchObject({ code: 'DEVICE_FAILED', what: `${path} cannot be written: ENOENT` });
    mkdirSync(join(folder, 'missing'));
    new Player(opened(output.plan)).play(512, 512, 5_000);
    await output.close();
    expect(countFrames(path)).toBe(512);
  });

  test('into something that is no file is refused', async () => {
    mkdirSync(path);
    const output = prepare();
    expect(openOutput(output.plan)).toMatchObject({ what: `${path} cannot be written: EISDIR` });
    await output.close();
  });

  test('whose writer is gone loses frames, counts them, and does not wait', () => {
    const plan: OutputPlan = {
      kind: 'file',
      shape: STEREO,
      path,
      queue: ByteQueue.memory(8_192),
      state: new SharedArrayBuffer(STATE_BYTES),
    };
    new FileWriterState(plan.state).playing();
    const driver = opened(plan);
    expect(new Player(driver).play(1024, 5 * 1024, 5_000)).toBe('ready');
    expect(driver.droppedFrames).toBe(3 * 1024);
    expect(driver.xruns).toBeGreaterThanOrEqual(3);
    new FileWriterState(plan.state).fail(28);
    expect(driver.wait()).toBe('lost');
  });

  test('whose writer does not come holds its engine thread no longer than it may', () => {
    const queue = ByteQueue.memory(8_192);
    const startMs = performance.now();
    const refusal = openOutput({ kind: 'file', shape: STEREO, path, queue, state: new SharedArrayBuffer(STATE_BYTES) });
    expect(refusal).toMatchObject({
      code: 'DEVICE_FAILED',
      what: `${path} is not open after ${FILE_OPEN_LIMIT_MS} ms`,
    });
    expect(performance.now() - startMs).toBeGreaterThan(FILE_OPEN_LIMIT_MS - 10);
  });
});

const PROGRAM = fileURLToPath(new URL('./testing/player-program.js', import.meta.url));

/** A process that plays into `path`; `said` is its last line. */
class PlayingProgram {
  said = '';
  readonly #child: ChildProcess;

  constructor(command: string, args: string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    if (this.#child.stdout) createInterface(this.#child.stdout).on('line', (line) => (this.said = line));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get frame(): number {
    return Number(/^playing (\d+)$/.exec(this.said)?.[1]);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

test('the file is a valid WAV at every moment, and after kill -9 lacks less than a second', async () => {
  const program = new PlayingProgram(process.execPath, [PROGRAM, `file:${path}`]);
  await vi.waitUntil(() => program.frame > 0, 10_000);
  let seen = 0;
  for (let look = 0; look < 100; look++) {
    await sleep(20);
    const now = countFrames(path);
    expect(now).toBeGreaterThanOrEqual(seen);
    seen = now;
  }
  const told = program.frame;
  await program.kill();
  expect(told).toBeGreaterThan(48_000);
  expect(countFrames(path)).toBeGreaterThan(told - 48_000);
}, 30_000);

test('a disk that is full is a lost device; with room again it goes on where it was', async () => {
  // A limit on the file's size stands for the disk's. As with a disk, the write that crosses it is cut short.
  const command = `trap '' XFSZ; ulimit -S -f 100; exec "$0" "$1" "$2"`;
  const program = new PlayingProgram('bash', ['-c', command, process.execPath, PROGRAM, `file:${path}`]);
  await vi.waitUntil(() => program.said === `refused ${path} cannot be written: EFBIG`, 10_000);
  const before = countFrames(path);
  expect(before).toBeGreaterThan(20_000);
  execFileSync('prlimit', ['--pid', String(program.pid), '--fsize=unlimited']);
  await vi.waitUntil(() => program.frame > before + 48_000, 10_000);
  await program.kill();
  expect(countFrames(path)).toBeGreaterThan(before);
}, 30_000);
