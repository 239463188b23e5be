import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { ask, type Bench, startBench } from './http.fixture.js';
import { startHttp } from './http.js';
import { HTTP_LIMITS } from './limits.js';

const isRoot = process.getuid?.() === 0;
const PATHS = [
  '/',
  '/assets/mixer-abc123.js',
  '/api/v1/state',
  '/api/v1/',
  '/api/v1/openapi.json',
  '/metrics',
  '/ws',
  '/nowhere',
];

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

describe('the page', () => {
  test('is served cross-origin isolated, running nothing but its own files', async () => {
    const { status, headers, body } = await ask(`${bench.url}/`);
    expect(status).toBe(200);
    expect(body).toContain('<title>Weir</title>');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    // Sound may come from programs of the machine that looks, and from nowhere else.
    const media = /media-src ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]?.split(' ') ?? [];
    expect(media).toContain('http://127.0.0.1:*');
    const hosts = media.filter((source) => source.startsWith('http')).map((source) => source.split('/')[2]);
    expect(new Set(hosts)).toEqual(new Set(['127.0.0.1:*', 'localhost:*']));
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    expect(headers['permissions-policy']).toContain('microphone=(self)');
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  test('keeps hashed files for ever, hides dotfiles, and stays inside its folder', async () => {
    expect((await ask(`${bench.url}/assets/mixer-abc123.js`)).headers['cache-control']).toContain('immutable');
    for (const path of ['/.secret', '/..%2f..%2fetc/passwd', '/assets/%2e%2e/.secret', '/nowhere']) {
      const { status, body } = await ask(bench.url + path);
      expect([400, 403, 404], path).toContain(status);
      expect(JSON.parse(body), path).toHaveProperty('wayOut');
    }
  });
});

describe('who may ask', () => {
  test('health is for everybody; it says no more than that', async () => {
    expect(await ask(`${bench.url}/healthz`)).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    expect(bench.mixer.peers).toHaveLength(0);
  });

  test.each(PATHS)('a rebound Host and a foreign page get nothing of %s', async (path) => {
    const refused: Record<string, string>[] = [
      { host: `evil.example:${bench.port}` },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    ];
    for (const headers of refused) {
      const { status, body } = await ask(bench.url + path, { headers });
      expect(status).toBe(403);
      expect(JSON.parse(body)).toMatchObject({ code: 'ORIGIN_REFUSED' });
    }
    expect(bench.mixer.peers).toHaveLength(0);
  });

  test.runIf(isRoot).each(PATHS)('another user who forges everything gets nothing of %s', async (path) => {
    const forgery = `
      const { request } = require('node:http');
      const [url, upgrade] = process.argv.slice(1);
      const headers = { origin: new URL(url).origin, host: new URL(url).host, 'sec-fetch-site': 'same-origin' };
      if (upgrade) Object.assign(headers, { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' });
      const asked = request(url, { headers }, (r) => { process.stdout.write(r.statusCode + ' '); r.pipe(process.stdout); });
      asked.on('upgrade', () => { process.stdout.write('101 '); process.exit(); });
      asked.end();`;
    for (const upgrade of ['', 'upgrade']) {
      const child = spawn(process.execPath, ['-e', forgery, bench.url + path, upgrade], {
        uid: 65_534,
        gid: 65_534,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [status, ...body] = (await text(child.stdout)).split(' ');
      expect(status).toBe(upgrade && path !== '/ws' ? '400' : '403');
      if (status === '403') expect(JSON.parse(body.join(' '))).toMatchObject({ code: 'PEER_UNKNOWN' });
    }
    expect(bench.mixer.peers).toHaveLength(0);
  });

  test.runIf(isRoot)(
    'another user cannot take all the places',
    async () => {
      // Each begins a request and goes no further, and comes again when it is sent away.
      const crowd = `
      const { connect } = require('node:net');
      const [port, count] = process.argv.slice(1).map(Number);
      let sentAway = 0;
      const come = () => connect(port, '127.0.0.1')
        .on('error', () => {})
        .on('close', () => { sentAway += 1; setTimeout(come, 300); })
        .resume()
        .write('GET /healthz HTTP/1.1\\r\\n');
      for (let i = 0; i < count; i += 1) come();
      setInterval(() => console.log(sentAway), 50);`;
      const count = HTTP_LIMITS.connections + 100;
      const child = spawn(process.execPath, ['-e', crowd, String(bench.port), String(count)], {
        uid: 65_534,
        gid: 65_534,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const sentAway of createInterface(child.stdout)) if (Number(sentAway) >= 100) break;
      let answersInARow = 0;
      const askAgain = async (): Promise<number> => {
        const status = await ask(`${bench.url}/api/v1/state`).then(
          (answer) => answer.status,
          () => 0,
        );
        answersInARow = status === 200 ? answersInARow + 1 : 0;
        return answersInARow;
      };
      await expect.poll(askAgain, { interval: 50, timeout: 60_000 }).toBeGreaterThanOrEqual(20);
      child.kill('SIGKILL');
    },
    90_000,
  );

  test('the session learns who asks from the kernel', async () => {
    await ask(`${bench.url}/api/v1/state`);
    expect(bench.mixer.peers).toEqual([
      { carrier: 'http', pid: process.pid, uid: process.getuid?.(), program: process.execPath, sharedMemory: false },
    ]);
    expect(bench.mixer.open).toBe(0);
  });

  test('a client over IPv6 and one over a v4-mapped address are the same user', async () => {
    const six = await startBench('::1');
    expect((await ask(`${six.url}/api/v1/state`)).status).toBe(200);
    await six.close();
    const mapped = await ask(`http://[::ffff:127.0.0.1]:${bench.port}/api/v1/state`, {
      headers: { host: `127.0.0.1:${bench.port}` },
    });
    expect(mapped.status).toBe(200);
  });
});

describe('what is no proper request', () => {
  async function send(bytes: string | Buffer): Promise<string> {
    const socket = connect(bench.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(bytes);
    return text(socket).catch(() => '');
  }

  test.each([
    '\0\0\0\0',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
  ])('ends its own connection alone (%#)', async (bytes) => {
    expect(await send(bytes)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect((await ask(`${bench.url}/healthz`)).status).toBe(200);
  });

  test('a connection that says nothing is ended', async () => {
    const socket = connect(bench.port, '127.0.0.1').resume();
    await once(socket, 'close', { signal: AbortSignal.timeout(HTTP_LIMITS.idleMs + 10_000) });
  }, 30_000);

  test('one that falls silent after a request is ended too', async () => {
    const socket = connect(bench.port, '127.0.0.1').resume();
    socket.write(`GET /api/v1/state HTTP/1.1\r\nHost: 127.0.0.1:${bench.port}\r\n\r\n`);
    await once(socket, 'data');
    const startMs = performance.now();
    await once(socket, 'close', { signal: AbortSignal.timeout(HTTP_LIMITS.idleMs + 10_000) });
    expect(performance.now() - startMs).toBeGreaterThan(HTTP_LIMITS.idleMs - 500);
  }, 30_000);

  test('headers, or a request, that never come to an end are given up, however busily they go on', async () => {
    const endless = async (start: string, drop: string): Promise<{ answer: string; tookMs: number }> => {
      const socket = connect(bench.port, '127.0.0.1').on('error', () => undefined);
      const startMs = performance.now();
      socket.write(start);
      const dripping = setInterval(() => socket.write(drop), 200);
      const answer = await text(socket);
      clearInterval(dripping);
      return { answer, tookMs: performance.now() - startMs };
    };
    const host = `Host: 127.0.0.1:${bench.port}`;
    const post = `POST /api/v1/streams/7 HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{`;
    const [headers, body] = await Promise.all([
      endless(`GET / HTTP/1.1\r\n${host}\r\n`, 'x: y\r\n'),
      endless(post, ' '),
    ]);
    for (const { answer } of [headers, body]) expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(headers.tookMs).toBeGreaterThan(HTTP_LIMITS.headersMs - 500);
    expect(body.tookMs).toBeGreaterThan(HTTP_LIMITS.requestMs - 500);
    expect(bench.mixer.open).toBe(0);
  }, 30_000);

  test('more than the allowed connections are not taken', async () => {
    const sockets = Array.from({ length: HTTP_LIMITS.connections + 5 }, () =>
      connect(bench.port, '127.0.0.1').on('error', () => undefined),
    );
    const dropped = await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(dropped).toBeDefined();
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(async () => (await ask(`${bench.url}/healthz`).catch(() => ({ status: 0 }))).status, { timeout: 5000 })
      .toBe(200);
  });

  test('a body past the limit is refused', async () => {
    const reply = await ask(`${bench.url}/api/v1/streams/7`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ device: 'x'.repeat(HTTP_LIMITS.bodyBytes) }),
    });
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  test('more requests than one process may send are refused, health goes on', async () => {
    let busy = 0;
    for (let sent = 0; sent < HTTP_LIMITS.requests + 5; sent += 1) {
      const reply = await fetch(`${bench.url}/nowhere`);
      await reply.arrayBuffer();
      if (reply.status === 429) busy += 1;
    }
    expect(busy).toBeGreaterThan(0);
    expect((await ask(`${bench.url}/healthz`)).status).toBe(200);
  }, 30_000);
});

describe('listening', () => {
  const options = { reception: { accept: () => new WeirError('GOING_DOWN', 'test') }, webRoot: '/nonexistent' };

  test.each(['0.0.0.0', '::', '192.168.1.1', 'example.org'])('on %s is refused', async (host) => {
    const log = (await import('pino')).default({ level: 'silent' });
    const { pairings } = bench;
    await expect(startHttp({ ...options, pairings, log, listen: { host, port: 0 } })).rejects.toMatchObject({
      code: 'LISTEN_REFUSED',
    });
  });

  test('on a taken port names it', async () => {
    const log = (await import('pino')).default({ level: 'silent' });
    const { pairings } = bench;
    await expect(
      startHttp({ ...options, pairings, log, listen: { host: '127.0.0.1', port: bench.port } }),
    ).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
  });
});
