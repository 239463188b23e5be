import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, test, vi } from 'vitest';
import { goAhead } from '../../../native-shim/precedence.js';
import { HangingProc } from './hanging-proc.fixture.js';
import { IdentityDesk } from './identity-desk.js';
import { ANSWER_LIMIT_MS, HUNG_THREADS, QUESTIONS, THREAD_IDLE_MS } from './limits.js';
import type { Question } from './questions.js';

const PROGRAM: Question = { kind: 'program', pid: process.pid, uid: process.getuid?.() ?? 0 };
const SOCKET: Question = { kind: 'socket', key: 'any' };
const threads = (): number => readdirSync('/proc/self/task').length;
/** Of a thread that may have ended meanwhile. */
function precedenceOf(thread: string): number | undefined {
  try {
    return getPriority(Number(thread));
  } catch {
    return undefined;
  }
}

test('a look that hangs ends in time, and meanwhile this loop turns', async () => {
  using proc = new HangingProc();
  const desk = new IdentityDesk({ procRoot: proc.root });
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 10);
  const startMs = performance.now();
  const [socket, program] = await Promise.all([desk.ask(SOCKET), desk.ask(PROGRAM)]);
  clearInterval(turning);
  expect(performance.now() - startMs).toBeLessThan(ANSWER_LIMIT_MS * 5);
  expect(socket.failed).toContain(`${ANSWER_LIMIT_MS} ms`);
  expect(program.failed).toBe(socket.failed);
  expect(turns).toBeGreaterThan(10);
});

test('a thread that is late has the precedence of who waits for it', async (context) => {
  if (!goAhead()) context.skip('no precedence is allowed here');
  using proc = new HangingProc();
  const asked = new IdentityDesk({ procRoot: proc.root }).ask(SOCKET);
  const behind = () => readdirSync('/proc/self/task').filter((thread) => (precedenceOf(thread) ?? -20) > getPriority());
  expect(behind()).toHaveLength(1);
  await vi.waitFor(() => expect(behind()).toEqual([]), ANSWER_LIMIT_MS);
  expect(await asked).toHaveProperty('failed');
});

test('a thread that hangs is replaced, until too many do; each that comes back makes room', async () => {
  using proc = new HangingProc();
  const desk = new IdentityDesk({ procRoot: proc.root });
  for (let hung = 1; hung <= HUNG_THREADS; hung++) {
    expect(await desk.ask(PROGRAM)).toEqual({ program: process.execPath });
    expect(await desk.ask(SOCKET)).toMatchObject({ failed: expect.stringContaining('longer') });
  }
  const before = threads();
  expect(await desk.ask(PROGRAM)).toEqual({ failed: 'looking at processes hangs' });
  expect(threads()).toBe(before);
  proc.release();
  await vi.waitFor(async () => expect(await desk.ask(PROGRAM)).toEqual({ program: process.execPath }), 10_000);
  await vi.waitFor(() => expect(threads()).toBeLessThan(before), 10_000);
});

test('more questions than are kept are refused, and no other suffers', async () => {
  const desk = new IdentityDesk();
  const kept = Array.from({ length: QUESTIONS }, () => desk.ask(PROGRAM));
  expect(await desk.ask(PROGRAM)).toEqual({ failed: 'too many peers are looked at already' });
  for (const answer of await Promise.all(kept)) expect(answer).toEqual({ program: process.execPath });
});

test('a thread that has nothing to do ends, and the next question starts another', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const desk = new IdentityDesk();
  try {
    expect(await desk.ask(PROGRAM)).toEqual({ program: process.execPath });
    const busy = threads();
    vi.advanceTimersByTime(THREAD_IDLE_MS - 1);
    expect(await desk.ask(PROGRAM)).toEqual({ program: process.execPath });
    expect(threads()).toBe(busy);
    vi.advanceTimersByTime(THREAD_IDLE_MS);
    vi.useRealTimers();
    await vi.waitFor(() => expect(threads()).toBeLessThan(busy), 10_000);
  } finally {
    vi.useRealTimers();
  }
  expect(await desk.ask(PROGRAM)).toEqual({ program: process.execPath });
});

test("another user's number says no program", async () => {
  expect(await new IdentityDesk().ask({ ...PROGRAM, uid: 4_000_000 })).toEqual({ program: undefined });
});
