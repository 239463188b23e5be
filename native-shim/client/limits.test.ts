import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { weir } from '#proto';
import { close, listen, must } from '../sys.js';
import { HostileServer } from './hostile-server.fixture.js';
import { ANSWER_TIMEOUT_MS, AUDIO_QUEUE_BYTES, PACKET_BYTES, SEND_QUEUE_BYTES } from './limits.js';
import { FramedSocket } from './socket.js';
import { connect, type Weir } from './weir.js';

let server: HostileServer | undefined;
let client: Weir | undefined;
afterEach(() => {
  vi.useRealTimers();
  client?.close();
  server?.close();
});

test('a request that is not answered fails in time, and the connection lives on', async () => {
  let silent = true;
  server = new HostileServer(() => (silent ? [] : [{ message: { done: {} } }]));
  client = await connect({ name: 'test', socket: server.path });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let failure: unknown;
  const asking = client.setDefault('x').catch((error: unknown) => (failure = error));
  vi.advanceTimersByTime(ANSWER_TIMEOUT_MS - 1);
  await Promise.resolve();
  expect(failure).toBeUndefined();
  vi.advanceTimersByTime(1);
  await asking;
  expect(failure).toMatchObject({ code: 'NO_ANSWER' });
  vi.useRealTimers();
  silent = false;
  await client.setDefault('x');
});

test('what a server does not read is queued up to a limit, then the connection ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-unread-'));
  const path = join(folder, 'weir.sock');
  const fd = must(listen(path, 0o600, 1));
  let why = '';
  const socket = FramedSocket.connect(path, {
    message: () => {},
    ended: ({ code, what }) => (why = `${code}: ${what}`),
    flushed: () => {},
  });
  const message = new Uint8Array(64 * 1024);
  let mostBytes = 0;
  for (let i = 0; i < 1000 && why === ''; i++) {
    mostBytes = Math.max(mostBytes, socket.queuedBytes);
    socket.send(message);
  }
  close(fd);
  rmSync(folder, { recursive: true });
  expect(why).toBe('SERVER_GONE: the server does not read what it is sent');
  expect(mostBytes).toBeGreaterThan(SEND_QUEUE_BYTES - 2 * message.length);
  expect(mostBytes).toBeLessThanOrEqual(SEND_QUEUE_BYTES);
  expect(socket.queuedBytes).toBe(0);
});

test('sound is sent in packets of bounded size, and waits long before the queue is full', async () => {
  server = new HostileServer(({ body }) =>
    body === 'openStream'
      ? [{ message: { streamOpened: { stream: 1, transport: weir.v1.Transport.COPIES, grantedFrames: 1e6 } } }]
      : [],
  );
  client = await connect({ name: 'test', socket: server.path });
  const stream = await client.play({ format: 's24', rate: 48_000, channels: 3, transport: 'copies' });
  await stream.write(new Uint8Array(100_000 * 9));
  const sizes = (): number[] => (server?.requests ?? []).flatMap(({ audio }) => audio?.data?.length ?? []);
  const total = (): number => sizes().reduce((sum, size) => sum + size, 0);
  await expect.poll(total, { timeout: 10_000 }).toBe(100_000 * 9);
  expect(Math.max(...sizes())).toBe(PACKET_BYTES - (PACKET_BYTES % 9));
  expect(AUDIO_QUEUE_BYTES).toBeLessThan(SEND_QUEUE_BYTES / 8);
});
