import { weir } from '#proto';
import { randomBytes } from 'node:crypto';
import { openSync, closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameSpec } from '../native-shim/frame-spec.js';
import { CONTROL, PAGE_BYTES } from '../native-shim/ring-layout.js';
import { addSeals, close, memfd, must, SEAL, wakePair } from '../native-shim/sys.js';
import { controlWords, ringInSegments, writeHeaders } from '../server/mempool/ring-memory.js';
import { createSegment, dropSegment } from '../server/mempool/segment.js';
import { WeirError } from '../server/observe/errors.js';
import { eventually } from './eventually.js';
import { framed, type Reply, serveOne } from './fake-server.js';
import { compileProgram, compileWatchedProgram, runProgram } from './native-program.js';
import { startServer } from './server.js';
import { noise, samplesOf } from './wav.js';

const S16: FrameSpec = { format: 's16', rate: 48000, channels: 2 };
const FRAME_BYTES = 4;
/** A control page and 16384 frames. */
const CONTROL_BYTES = PAGE_BYTES + 16384 * FRAME_BYTES;

let folder: string;
let program: string;
let watched: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-c-client-'));
  program = compileProgram(folder);
  watched = compileWatchedProgram(folder);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a native program over the C library', () => {
  test('plays bit for bit, and ends when the last frame was played', async () => {
    await using server = await startServer({ devices: [`file:${folder}/played.wav?name=disk`] });
    const frames = noise(S16, 1.5, 41);
    writeFileSync(join(folder, 'noise.raw'), frames);
    const end = await runProgram(program, [server.socket, 'play', 'disk', join(folder, 'noise.raw')]);
    expect(end).toMatchObject({ status: 0, stderr: 'underruns 0\n' });
    await server.stop();
    expect(samplesOf(join(folder, 'played.wav')).includes(frames)).toBe(true);
  }, 60_000);

  test('hears the monitor bit for bit', async () => {
    await using server = await startServer();
    const frames = noise(S16, 2, 42);
    writeFileSync(join(folder, 'long.raw'), frames);
    const playing = runProgram(program, [server.socket, 'play', 'null', join(folder, 'long.raw')]);
    const heard = await runProgram(program, [server.socket, 'record', 'null.monitor', '24000']);
    expect(heard).toMatchObject({ status: 0, stderr: 'lost 0\n' });
    expect(heard.stdout.length).toBe(24000 * FRAME_BYTES);
    // It joined somewhere in the middle, or a little before the beginning.
    const tail = heard.stdout.subarray(-2000 * FRAME_BYTES);
    expect(frames.includes(tail)).toBe(true);
    expect((await playing).status).toBe(0);
  }, 60_000);

  test('is told what was wrong', async () => {
    await using server = await startServer();
    const end = await runProgram(program, [server.socket, 'play', 'nowhere', '/dev/null']);
    expect(end.status).toBe(1);
    expect(end.stderr).toContain('DEVICE_NOT_FOUND');
  }, 30_000);

  test('notices that the server was killed', async () => {
    await using server = await startServer();
    const end = runProgram(program, [server.socket, 'play', 'null', '/dev/zero']);
    await eventually('its stream', async () => (await streamCount(server.url)) || undefined);
    server.process.kill('SIGKILL');
    expect((await end).status).toBe(1);
  }, 60_000);
});

/** Streams that the server plays now. */
async function streamCount(url: string): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return Number(/^weir_streams\S* (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

describe('a server that is none', () => {
  const WELCOME = framed({ requestId: 1, welcome: { major: 1, client: 7 } });
  const opened = { stream: 3, transport: weir.v1.Transport.RING, capacityFrames: 16384, fillFrames: 1920 };
  const OPENED = framed({
    requestId: 2,
    streamOpened: { ...opened, controlBytes: CONTROL_BYTES, dataBytes: PAGE_BYTES },
  });

  async function meet(replies: readonly Reply[]): Promise<{ status: number | string; stderr: string }> {
    const path = join(folder, 'fake.sock');
    const served = serveOne(path, replies); // listens before the program starts
    const end = await runProgram(watched, [path, 'play', '', '/dev/zero']);
    await served;
    rmSync(path);
    return end;
  }

  test.each([
    ['hangs up', [], 'SERVER_GONE'],
    ['announces four gigabytes', [{ bytes: Uint8Array.of(255, 255, 255, 255) }], 'MESSAGE_TOO_LARGE'],
    ['stops in the middle of a message', [{ bytes: WELCOME.subarray(0, 6) }], 'SERVER_GONE'],
    ['speaks another protocol', [{ bytes: framed({ requestId: 1, welcome: { major: 2 } }) }], 'VERSION_MISMATCH'],
    ['answers Hello with Done', [{ bytes: framed({ requestId: 1, done: {} }) }], 'BAD_MESSAGE'],
    ['sends no ring', [{ bytes: WELCOME }, { bytes: OPENED }], 'FD_MISSING'],
    ['refuses', [{ bytes: framed({ failure: { code: 'KICKED', what: 'x'.repeat(5000) } }) }], 'KICKED'],
  ] as const)(
    'that %s',
    async (_what, replies, code) => {
      expect(await meet(replies)).toMatchObject({ status: 1, stderr: expect.stringContaining(code) });
    },
    30_000,
  );

  test.each([
    ['an empty file for memory', () => openSync('/dev/null', 'r'), 'FD_NOT_MEMFD'],
    ['a memfd without seals', () => must(memfd('weir-control', CONTROL_BYTES)), 'FD_UNSEALED'],
    ['a sealed memfd that is too small', () => sealed(PAGE_BYTES), 'FD_WRONG_SIZE'],
    ['a status page that it let anybody write', () => sealed(CONTROL_BYTES), 'FD_UNSEALED'],
  ] as const)(
    'that sends %s',
    async (_what, control, code) => {
      const [ours, theirs] = must(wakePair());
      const data = must(memfd('weir-data', PAGE_BYTES)); // looked at second
      const fds = [control(), data, theirs];
      const end = await meet([{ bytes: WELCOME }, { bytes: OPENED, fds }]);
      closeSync(fds[0] ?? -1);
      for (const fd of [data, theirs, ours]) close(fd);
      expect(end).toMatchObject({ status: 1, stderr: expect.stringContaining(code) });
    },
    30_000,
  );

  test('that moves the counter of a true ring to where it cannot be', async () => {
    const [ours, theirs] = must(wakePair());
    const control = mustHave(createSegment('weir-control', CONTROL_BYTES));
    const data = mustHave(createSegment('weir-data', PAGE_BYTES));
    const shape = { capacityFrames: 16384, frameBytes: FRAME_BYTES };
    const memory = ringInSegments('playback', control.address, data.address, shape);
    writeHeaders(memory);
    controlWords(memory)[CONTROL.read] = 5; // more than was ever written
    const fds = [control.fd, data.fd, theirs];
    const end = await meet([{ bytes: WELCOME }, { bytes: OPENED, fds }, { bytes: Uint8Array.of() }]);
    for (const segment of [control, data]) dropSegment(segment);
    for (const fd of [theirs, ours]) close(fd);
    expect(end).toMatchObject({ status: 1, stderr: expect.stringContaining('STREAM_CLOSED') });
  }, 30_000);

  test('that sends noise, and messages with noise in them', async () => {
    for (let round = 0; round < 60; round++) {
      const noisy = Buffer.from(round % 2 === 0 ? randomBytes(1 + round * 40) : OPENED);
      if (round % 2 === 1) noisy[4 + (round % (noisy.length - 4))] = randomBytes(1).readUInt8(0);
      const end = await meet([{ bytes: WELCOME }, { bytes: noisy }]);
      // A coded failure: neither a signal nor the sanitizer's own exit.
      expect(end.stderr).toMatch(/^[A-Z_]+: /);
      expect(end.status).toBe(1);
    }
  }, 120_000);
});

function mustHave<T>(value: T | WeirError): T {
  if (value instanceof WeirError) throw value;
  return value;
}

function sealed(sizeBytes: number): number {
  const fd = must(memfd('weir-control', sizeBytes));
  must(addSeals(fd, SEAL.SHRINK | SEAL.GROW | SEAL.SEAL));
  return fd;
}
