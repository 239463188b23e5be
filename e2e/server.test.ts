import { rmSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { expect, test } from 'vitest';
import { startServer } from './server.js';

test('the server says where it is, answers there, and ends cleanly at SIGTERM', { timeout: 60_000 }, async () => {
  const server = await startServer();
  expect(existsSync(server.socket)).toBe(true);
  expect((await fetch(new URL('/healthz', server.url))).status).toBe(200);
  expect(await server.stop()).toBe(0);
  expect(existsSync(server.socket)).toBe(false);
  await server[Symbol.asyncDispose]();
  expect(existsSync(server.folder)).toBe(false);
});

test('a server whose socket file was cleaned away ends as cleanly', { timeout: 60_000 }, async () => {
  await using server = await startServer();
  rmSync(server.socket);
  expect(await server.stop()).toBe(0);
});

test('a server that cannot start says why', { timeout: 60_000 }, async () => {
  await expect(startServer({ config: '[limits]\nclients = 0\n' })).rejects.toThrow(/CONFIG_INVALID|clients/);
});

test('goes ahead of programs without a deadline, where it may', async () => {
  await using server = await startServer();
  expect(getPriority(server.pid)).toBe(mayGoAhead() ? -11 : getPriority());
});

function mayGoAhead(): boolean {
  const before = getPriority();
  try {
    setPriority(-11);
    setPriority(before);
    return true;
  } catch {
    return false;
  }
}
