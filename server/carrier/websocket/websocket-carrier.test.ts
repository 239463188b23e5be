import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { weir } from '#proto';
import { WeirError } from '../../observe/errors.js';
import type { Outlet, Peer, Reception } from '../../session/port.js';
import { WEBSOCKET_LIMITS } from './limits.js';
import { websocketCarrier } from './websocket-carrier.js';

/** Sends back what it hears. */
class Echo implements Reception {
  readonly peers: Peer[] = [];
  readonly outlets: Outlet[] = [];
  readonly heard: Uint8Array[] = [];
  closed = 0;
  refusal?: WeirError;

  accept(peer: Peer, outlet: Outlet): ReturnType<Reception['accept']> {
    if (this.refusal) return this.refusal;
    this.peers.push(peer);
    this.outlets.push(outlet);
    return {
      receive: (message) => {
        this.heard.push(message);
        outlet.send(message);
      },
      refused: ({ code, what, wayOut }) => {
        outlet.send(weir.v1.ServerMessage.encode({ failure: { code, what, wayOut } }).finish());
        outlet.close();
      },
      closed: () => void (this.closed += 1),
    };
  }

  get outlet(): Outlet {
    const outlet = this.outlets.at(-1);
    if (!outlet) throw new Error('nobody came');
    return outlet;
  }
}

let echo: Echo;
let app: FastifyInstance;
let port: number;

beforeEach(async () => {
  echo = new Echo();
  app = Fastify();
  await websocketCarrier(app, { reception: echo, peerOf: () => ({ pid: 42, uid: 1000 }) });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterEach(() => app.close());

async function join(options: object = {}, query = ''): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`, options);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

async function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason]: unknown[] = await once(socket, 'close');
  return { code: Number(code), reason: String(reason) };
}

function countPings(socket: WebSocket): () => number {
  let pings = 0;
  socket.on('ping', () => void pings++);
  return () => pings;
}

async function hear(socket: WebSocket): Promise<Buffer> {
  const [data]: unknown[] = await once(socket, 'message');
  return Buffer.isBuffer(data) ? data : Buffer.alloc(0);
}

/** A client below the level of WebSocket: it has done the upgrade and nothing since. */
async function joinRaw(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  );
  const [answer]: unknown[] = await once(socket, 'data');
  expect(String(answer)).toContain('101 Switching Protocols');
  return socket;
}

async function stillEchoes(): Promise<void> {
  const socket = await join();
  socket.send(Buffer.from('still here'));
  expect(String(await hear(socket))).toBe('still here');
  socket.terminate();
}

describe('one binary message is one message of the session', () => {
  test('both ways, whole, and nothing is compressed', async () => {
    const socket = await join();
    for (const size of [0, 1, 3840, WEBSOCKET_LIMITS.messageBytes]) {
      const message = randomBytes(size);
      socket.send(message);
      expect((await hear(socket)).equals(message), `${size} bytes`).toBe(true);
    }
    expect(socket.extensions).toBe('');
    expect(echo.peers).toEqual([{ carrier: 'websocket', pid: 42, uid: 1000, sharedMemory: false }]);
  });

  test('in fragments too', async () => {
    const socket = await join();
    socket.send(Buffer.from('one '), { fin: false });
    socket.send(Buffer.from('message'), { fin: true });
    expect(String(await hear(socket))).toBe('one message');
  });

  test('the session is told once when the peer goes', async () => {
    (await join()).close();
    (await join()).terminate();
    await expect.poll(() => echo.closed).toBe(2);
  });
});

describe('a connection that breaks the rules ends, alone', () => {
  afterEach(stillEchoes);

  test('text: 1003', async () => {
    const socket = await join();
    const failure = hear(socket);
    socket.send('{"hello":1}');
    expect(weir.v1.ServerMessage.decode(await failure).failure?.code).toBe('BAD_MESSAGE');
    expect(await closing(socket)).toEqual({ code: 1003, reason: 'BAD_MESSAGE' });
    expect(echo.heard).toHaveLength(0);
  });

  test('a message past the limit: 1009', async () => {
    const socket = await join();
    socket.send(randomBytes(WEBSOCKET_LIMITS.messageBytes + 1));
    expect((await closing(socket)).code).toBe(1009);
    expect(echo.heard).toHaveLength(0);
  });

  test('more fragments than the limit: 1008', async () => {
    const socket = await join();
    for (let sent = 0; sent <= WEBSOCKET_LIMITS.fragments; sent += 1) socket.send(Buffer.from('x'), { fin: false });
    expect((await closing(socket)).code).toBe(1008);
  });

  test('a frame in more crumbs than the limit', async () => {
    const socket = await joinRaw();
    socket.setNoDelay(true);
    const length = WEBSOCKET_LIMITS.messageBytes;
    const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    head.writeUIntBE(length, 4, 6);
    socket.write(head);
    const closed = once(socket, 'close');
    let sent = 0;
    while (!socket.destroyed && sent < length) {
      socket.write(Buffer.from([0]));
      await new Promise(setImmediate);
      sent += 1;
    }
    await closed;
    expect(sent).toBeLessThan(length);
    expect(echo.heard).toHaveLength(0);
  }, 30_000);

  test.each([
    ['an unmasked frame', Buffer.from([0x82, 0x01, 0x00])],
    ['a reserved bit', Buffer.from([0xc2, 0x80, 0, 0, 0, 0])],
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['a long ping', Buffer.from([0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0])],
    ['a length of 2^63', Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('%s', async (_name, bytes) => {
    const socket = await joinRaw();
    socket.resume();
    socket.end(bytes);
    await once(socket, 'close');
    await expect.poll(() => echo.closed).toBe(1);
  });

  test('100 times noise', async () => {
    for (let round = 0; round < 100; round += 1) {
      const socket = await joinRaw();
      socket.resume();
      socket.end(randomBytes(1 + (round % 64)));
      await once(socket, 'close');
    }
    await expect.poll(() => echo.closed).toBe(100);
  });

  test('a garbled upgrade is refused', async () => {
    for (const header of ['Sec-WebSocket-Key: short', 'Sec-WebSocket-Version: 99', 'X: y']) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${header}\r\n\r\n`);
      const [answer]: unknown[] = await once(socket, 'data');
      expect(String(answer)).toMatch(/^HTTP\/1.1 4\d\d /);
      socket.destroy();
    }
    expect(echo.peers).toHaveLength(0);
  });
});

describe('an end that we want', () => {
  test('a refusal by the session says why: 1008', async () => {
    echo.refusal = new WeirError('TOO_MANY_CLIENTS', 'the limit is 0');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    const failure = hear(socket);
    expect(weir.v1.ServerMessage.decode(await failure).failure).toMatchObject({
      code: 'TOO_MANY_CLIENTS',
      what: 'the limit is 0',
    });
    expect(await closing(socket)).toEqual({ code: 1008, reason: 'TOO_MANY_CLIENTS' });
  });

  test("the session's own close comes after what it had to say: 1000", async () => {
    const socket = await join();
    const last = hear(socket);
    echo.outlet.send(Buffer.from('farewell'));
    echo.outlet.close();
    echo.outlet.send(Buffer.from('too late'));
    expect(String(await last)).toBe('farewell');
    expect((await closing(socket)).code).toBe(1000);
  });

  test('a peer that does not answer the close is cut off', async () => {
    const socket = await joinRaw();
    echo.outlet.close();
    await once(socket, 'close', { signal: AbortSignal.timeout(WEBSOCKET_LIMITS.closeMs + 5000) });
  });

  test('the server going down: 1001', async () => {
    const socket = await join();
    const end = closing(socket);
    await app.close();
    expect(await end).toEqual({ code: 1001, reason: 'GOING_DOWN' });
  });
});

describe('a spare connection', () => {
  test('is nobody before it speaks; its first message is heard', async () => {
    const socket = await join({}, '?spare');
    const pings = countPings(socket);
    await sleep(2 * WEBSOCKET_LIMITS.heartbeatMs);
    expect([echo.peers.length, pings()]).toEqual([0, 0]);
    socket.send(Buffer.from('at last'));
    expect(String(await hear(socket))).toBe('at last');
    expect(echo.peers).toHaveLength(1);
    await expect.poll(pings).toBeGreaterThan(0);
    socket.terminate();
    await expect.poll(() => echo.closed).toBe(1);
  });

  test('is refused as any other when it begins to speak', async () => {
    const socket = await join({}, '?spare');
    echo.refusal = new WeirError('PAIRING_REVOKED', 'the pairing was taken back');
    socket.send(Buffer.from('at last'));
    expect(await closing(socket)).toEqual({ code: 1008, reason: 'PAIRING_REVOKED' });
  });

  test('goes when there are too many, the first first', async () => {
    const first = await join({}, '?spare');
    const gone = closing(first);
    const others = await Promise.all(Array.from({ length: WEBSOCKET_LIMITS.spares }, () => join({}, '?spare')));
    expect((await gone).code).toBe(1000);
    expect(others.filter(({ readyState }) => readyState === WebSocket.OPEN)).toHaveLength(WEBSOCKET_LIMITS.spares);
    for (const other of others) other.terminate();
  });

  test('goes when it was not needed for so long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = await join({}, '?spare');
    const gone = closing(socket);
    vi.advanceTimersByTime(WEBSOCKET_LIMITS.spareMs);
    vi.useRealTimers();
    expect((await gone).code).toBe(1000);
  });
});

describe('a peer that does not read', () => {
  test('is known to have not: what lies in the kernel counts', async () => {
    const socket = await joinRaw();
    socket.pause();
    for (let sent = 0; sent < 16; sent += 1) echo.outlet.send(randomBytes(16 * 1024));
    await sleep(50);
    expect(echo.outlet.queuedBytes()).toBeGreaterThanOrEqual(16 * 16 * 1024);
    socket.destroy();
  });

  test('is cut off when more waits than the limit', async () => {
    const socket = await joinRaw();
    socket.pause();
    const { outlet } = echo;
    let most = 0;
    while (echo.closed === 0) {
      outlet.send(randomBytes(64 * 1024));
      most = Math.max(most, outlet.queuedBytes());
      await new Promise(setImmediate);
    }
    expect(most).toBeGreaterThan(WEBSOCKET_LIMITS.unreadBytes);
    expect(most).toBeLessThan(WEBSOCKET_LIMITS.unreadBytes + 2 * 64 * 1024);
    socket.destroy();
  });

  test('and then does is known to have read', async () => {
    const socket = await join();
    socket.pause();
    for (let sent = 0; sent < 16; sent += 1) echo.outlet.send(randomBytes(16 * 1024));
    socket.resume();
    await expect
      .poll(() => echo.outlet.queuedBytes(), { timeout: 5000 })
      .toBeLessThan(WEBSOCKET_LIMITS.acknowledgeBytes);
  });
});

describe('a peer that is silent', () => {
  const deadMs = WEBSOCKET_LIMITS.heartbeatMs * (WEBSOCKET_LIMITS.silentHeartbeats + 1);

  test('and answers no ping is dead; one that does answer lives', async () => {
    const dead = await join({ autoPong: false });
    const live = await join();
    const startMs = performance.now();
    await once(dead, 'close', { signal: AbortSignal.timeout(deadMs + 10_000) });
    expect(performance.now() - startMs).toBeGreaterThan(deadMs / 2);
    await expect.poll(() => echo.closed).toBe(1);
    expect(live.readyState).toBe(WebSocket.OPEN);
  }, 20_000);
});
