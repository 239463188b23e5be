import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { WeirError } from '../observe/errors.js';
import { setLogLevel } from '../observe/log.js';
import { CODE_TRIES_PER_ADDRESS } from '../session/pairing/limits.js';
import { ask, type Bench, type Reply, startBench } from './http.fixture.js';
import { HTTP_LIMITS } from './limits.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Passes every connection on as another user: what comes through it has a stranger for its owner. */
const FORWARDER = `
  const { connect, createServer } = require('node:net');
  const to = Number(process.argv[1]);
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    near.on('error', () => far.destroy()).pipe(far);
    far.on('error', () => near.destroy()).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1', () => console.log(server.address().port));`;

describe.runIf(isRoot)('a stranger', () => {
  let bench: Bench;
  let forwarder: ChildProcess;
  let port: number;

  beforeEach(async () => {
    setLogLevel('silent');
    bench = await startBench();
    const child = spawn(process.execPath, ['-e', FORWARDER, String(bench.port)], {
      uid: NOBODY,
      gid: NOBODY,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    forwarder = child;
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    port = Number(line);
  });
  afterEach(async () => {
    forwarder.kill('SIGKILL');
    await bench.close();
  });

  const host = (): string => `127.0.0.1:${bench.port}`;

  interface Options {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
  }
  const askAs = (path: string, { headers, ...rest }: Options = {}): Promise<Reply> =>
    ask(`http://127.0.0.1:${port}${path}`, { ...rest, headers: { host: host(), ...headers } });

  const codeOf = (reply: Reply): string => (JSON.parse(reply.body) as { code: string }).code;

  function newCode(): string {
    const link = bench.pairings.invite('owner');
    if (link instanceof WeirError) throw link;
    return new URL(link.url).searchParams.get('code') ?? '';
  }

  function post(code: string, headers: Record<string, string> = {}): Promise<Reply> {
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: `http://${host()}` };
    return askAs('/pair', {
      method: 'POST',
      headers: { ...form, ...headers },
      body: new URLSearchParams({ code }).toString(),
    });
  }

  /** "NAME=KEY" for a Cookie header. */
  function cookieOf({ headers }: Reply): string {
    return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
  }

  test('gets nothing on any path, however it is written', async () => {
    const paths = [
      '/',
      '/assets/mixer-abc123.js',
      '/api/v1/state',
      '/api/v1/openapi.json',
      '/api/v1/webtransport',
      '/metrics',
      '/listen/desk.ogg',
      '/nowhere',
      '//pair',
      '/pair/',
      '/PAIR',
      '/pair/../api/v1/state',
      '/pair/%2e%2e/api/v1/state',
      '/pair%2f..%2fapi%2fv1%2fstate',
      '/pair/page.css/../../../metrics',
      '/healthz/..;/metrics',
      '/healthz%00/',
      '/./metrics',
      '//metrics',
      '/api/v1/state#/pair',
      '/api/v1/state?/pair?code=x',
      '/pair;/api/v1/state',
    ];
    for (const path of paths) {
      const [bare, page] = [await askAs(path), await askAs(path, { headers: { accept: 'text/html' } })];
      expect([path, bare.status, bare.headers['content-type']?.split(';')[0]]).toEqual([path, 403, 'application/json']);
      expect(['PEER_UNKNOWN', 'PAIRING_NEEDED']).toContain(codeOf(bare));
      expect([path, page.status]).toEqual([path, 403]);
      expect(page.body).toContain('This browser is not paired');
    }
    expect(bench.mixer.peers).toEqual([]);
  });

  test.each(['/healthz', '/pair', '/nowhere'])('asks for %s once a connection, however much it sends', async (path) => {
    for (const name of [host(), 'evil.example']) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${name}\r\n\r\n`.repeat(500));
      expect((await text(socket).catch(() => '')).match(/HTTP\/1\.1 /g)).toHaveLength(1);
    }
  });

  test('gets no WebSocket, with a wrong key neither', async () => {
    for (const cookie of ['', '__Host-weir=x', `__Host-weir=${'A'.repeat(43)}`]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { host: host(), cookie } });
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('403');
    }
    expect(bench.mixer.peers).toEqual([]);
  });

  test('sees a link without using it up, then gets in by it once', async () => {
    const code = newCode();
    for (const method of ['GET', 'HEAD', 'GET']) {
      const look = await askAs(`/pair?code=${code}`, { method });
      expect(look).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
      expect(look.headers).not.toHaveProperty('set-cookie');
    }
    const reply = await post(code);
    expect(reply).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(reply.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-weir=[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);

    const cookie = cookieOf(reply);
    expect((await askAs('/api/v1/state', { headers: { cookie } })).status).toBe(200);
    const [pairing] = bench.pairings.all;
    expect(bench.mixer.peers).toEqual([
      { carrier: 'http', sharedMemory: false, pairing: { id: pairing?.id, name: 'A browser', role: 'owner' } },
    ]);

    const replay = await post(code);
    expect([replay.status, codeOf(replay)]).toEqual([403, 'LINK_INVALID']);
    expect(replay.headers).not.toHaveProperty('set-cookie');
  });

  test('keeps its key to its own user: one who got to see it has nothing of it', async () => {
    const cookie = cookieOf(await post(newCode()));
    const child = spawn(
      process.execPath,
      [
        '-e',
        `fetch('${bench.url}/api/v1/state', {headers: {cookie: '${cookie}'}}).then((r) => process.exit(r.status === 403 ? 0 : 1))`,
      ],
      { uid: NOBODY - 1, gid: NOBODY, stdio: 'inherit' },
    );
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await askAs('/api/v1/state', { headers: { cookie } })).status).toBe(200);
  });

  test('cannot be given a key that somebody else chose', async () => {
    const chosen = `__Host-weir=${'A'.repeat(43)}`;
    const reply = await post(newCode(), { cookie: chosen });
    expect(reply.status).toBe(303);
    expect(cookieOf(reply)).not.toBe(chosen);
    expect((await askAs('/metrics', { headers: { cookie: chosen } })).status).toBe(403);
  });

  test('that pairs again gives its first key back', async () => {
    const first = cookieOf(await post(newCode()));
    const second = cookieOf(await post(newCode(), { cookie: first }));
    expect(bench.pairings.all).toHaveLength(1);
    expect((await askAs('/metrics', { headers: { cookie: first } })).status).toBe(403);
    expect((await askAs('/metrics', { headers: { cookie: second } })).status).toBe(200);
  });

  test.each([
    [{ origin: 'http://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
    [{ host: 'evil.example' }],
  ])('is not paired by another site (%j), and the link stays good', async (headers) => {
    const code = newCode();
    const forged = await post(code, headers);
    expect([forged.status, codeOf(forged)]).toEqual([403, 'ORIGIN_REFUSED']);
    expect((await post(code)).status).toBe(303);
  });

  test('may guess only so often', async () => {
    const statuses: number[] = [];
    for (let i = 0; i <= CODE_TRIES_PER_ADDRESS; i += 1) statuses.push((await post(`guess${i}`)).status);
    expect(statuses).toEqual([...Array<number>(CODE_TRIES_PER_ADDRESS).fill(403), 429]);
    expect((await post(newCode())).status).toBe(429);
  });

  test('may ask for the page only so often, and the owner does not notice', async () => {
    let busy = 0;
    for (let i = 0; i < HTTP_LIMITS.strangerRequests + 5; i += 1) busy += (await askAs('/pair')).status === 429 ? 1 : 0;
    expect(busy).toBeGreaterThan(0);
    expect((await ask(`${bench.url}/api/v1/state`)).status).toBe(200);
  });

  test.each([
    ['a huge one', `__Host-weir=${'A'.repeat(15_000)}`, 403],
    ['one past all headers’ limit', `__Host-weir=${'A'.repeat(30_000)}`, 431],
    ['thousands', Array.from({ length: 1500 }, (_, i) => `c${i}=1`).join('; '), 403],
    ['a broken one', '__Host-weir=%ff%; ;;=;__Host-weir', 403],
    ['one of another prefix', 'weir=x; __host-weir=x; __proto__=x; constructor=x', 403],
  ])('with %s for a cookie is refused, and that is all', async (_what, cookie, status) => {
    const request = `GET /metrics HTTP/1.1\r\nHost: ${host()}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(request);
    expect(await text(socket).catch(() => '')).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await ask(`${bench.url}/healthz`)).status).toBe(200);
  });

  test.each([
    ['application/json', '{"code":["x"]}'],
    ['application/json', '[]'],
    ['application/json', '{"code":'],
    ['application/x-www-form-urlencoded', 'code=%'],
    ['application/x-www-form-urlencoded', '__proto__=x'],
    ['application/x-www-form-urlencoded', `code=${'x'.repeat(1000)}`],
    ['text/plain', 'code=x'],
    ['multipart/form-data; boundary=x', '--x--'],
  ])('that posts %s %j is refused', async (type, body) => {
    const reply = await askAs('/pair', { method: 'POST', headers: { 'content-type': type }, body });
    expect([400, 403, 415]).toContain(reply.status);
    expect(reply.headers).not.toHaveProperty('set-cookie');
  });

  test('comes back by itself from another site’s link: its cookie was left out', async () => {
    const headers = {
      accept: 'text/html',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const reply = await askAs('/', { headers });
    expect(reply.status).toBe(403);
    expect(reply.body).toContain('<meta http-equiv="refresh" content="0; url=/">');
    const again = await askAs('/', { headers: { ...headers, 'sec-fetch-site': 'same-origin' } });
    expect(again.body).not.toContain('http-equiv');
  });

  describe('with a signed listening address', () => {
    async function sign(cookie: string, body: object): Promise<Reply> {
      const headers = { cookie, 'content-type': 'application/json' };
      return askAs('/api/v1/listen-links', { method: 'POST', headers, body: JSON.stringify(body) });
    }

    async function signedPath(cookie: string, path = '/listen/desk.ogg'): Promise<string> {
      const reply = await sign(cookie, { path });
      const { url, expiresS } = JSON.parse(reply.body) as { url: string; expiresS: number };
      expect([reply.status, expiresS]).toEqual([201, 12 * 3600]);
      expect(url).toContain(`http://${host()}/listen/`);
      return url.slice(`http://${host()}`.length);
    }

    test('passes the gate there, as a listener, until the pairing goes', async () => {
      const cookie = cookieOf(await post(newCode()));
      const path = await signedPath(cookie);
      expect((await askAs(path, { method: 'HEAD' })).status).toBe(200);
      const [pairing] = bench.pairings.all;
      expect(bench.mixer.peers.at(-1)?.pairing).toMatchObject({ id: pairing?.id, role: 'listener' });

      expect((await askAs(path, { method: 'POST' })).status).toBe(403);
      expect((await askAs(path.replace('desk', 'attic'), { method: 'HEAD' })).status).toBe(403);
      expect((await askAs(path.replace('/listen/desk.ogg', '/api/v1/state'))).status).toBe(403);

      await bench.pairings.revoke(pairing?.id ?? '');
      expect(codeOf(await askAs(path))).toBe('LISTEN_LINK_INVALID');
    });

    test('that got about may be asked too often, and who had it signed does not notice', async () => {
      const cookie = cookieOf(await post(newCode()));
      const path = await signedPath(cookie);
      let busy = 0;
      for (let i = 0; i < HTTP_LIMITS.requests + 5; i += 1) {
        busy += (await askAs(path, { method: 'HEAD' })).status === 429 ? 1 : 0;
      }
      expect(busy).toBeGreaterThan(0);
      expect((await askAs('/api/v1/state', { headers: { cookie } })).status).toBe(200);
    }, 30_000);

    test.each([
      [{ path: '/api/v1/state' }],
      [{ path: '/listen/../api/v1/state' }],
      [{ path: '/listen/a/b' }],
      [{ path: '/listen/a?until=9&by=&sig=x' }],
      [{ path: '/listen/a.ogg', lifeS: 8 * 24 * 3600 }],
      [{ path: '/listen/a.ogg', lifeS: 0 }],
      [{}],
    ])('gets none for %j', async (body) => {
      const cookie = cookieOf(await post(newCode()));
      const reply = await sign(cookie, body);
      expect([reply.status, codeOf(reply)]).toEqual([400, 'REQUEST_INVALID']);
    });
  });
});
