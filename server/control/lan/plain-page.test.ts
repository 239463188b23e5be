import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { SERVER_VERSION } from '../../observe/version.js';
import { ask } from '../http.fixture.js';
import { issueCertificate, makeAuthority, type Pair } from '../tls/authority.js';
import { Certificate } from '../tls/certificate.js';
import { ownNames } from '../tls/own-names.js';
import { LAN_LIMITS } from './limits.js';
import { type PlainPage, startPlainPage } from './plain-page.js';

const names = ownNames('loft7', ['192.168.1.5']);
let authority: Pair;
let certificate: Certificate;
beforeAll(async () => {
  authority = await makeAuthority(names);
  const pair = await issueCertificate(authority, names);
  const opened = await Certificate.open({ authority: authority.cert, look: async () => pair });
  if (opened instanceof WeirError) throw opened;
  certificate = opened;
});
afterAll(() => certificate.close());

const MIXER = { host: '127.0.0.1', port: 4790 };
let page: PlainPage;
let url: string;
beforeEach(async () => {
  page = await startPlainPage(MIXER, certificate);
  url = page.urlAt('127.0.0.1');
});
afterEach(() => page.close());

async function send(bytes: string): Promise<string> {
  const socket = connect(page.port, '127.0.0.1').on('error', () => undefined);
  socket.write(bytes);
  return text(socket).catch(() => '');
}

describe('the plain page', () => {
  test('explains, leads to the mixer by the name it was asked by, and runs nothing', async () => {
    for (const host of ['127.0.0.1', 'loft7.local', 'WEIR-loft7.local', '192.168.1.5']) {
      const { status, headers, body } = await ask(url, { headers: { host: `${host}:${page.port}` } });
      expect(status).toBe(200);
      expect(body).toContain(`<a href="https://${host.toLowerCase()}:4790/">`);
      expect(body).toContain(new X509Certificate(authority.cert).fingerprint256);
      expect(body).not.toMatch(/<script|\son\w+=|https?:\/\/(?!\S*:4790\/)/);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    }
    const six = await ask(url, { headers: { host: `[::1]:${page.port}` } });
    expect(six.body).toContain('<a href="https://[::1]:4790/">');
  });

  test('gives the certificate of the CA, and never its key', async () => {
    const { headers, body } = await ask(`${url}weir-ca.crt`);
    expect(headers['content-type']).toBe('application/x-x509-ca-cert');
    expect(body).toBe(authority.cert);
    expect(body).not.toContain('PRIVATE');
  });

  test('answers HEAD with no body', async () => {
    const { status, headers, body } = await ask(url, { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(1000);
  });

  test('tells nothing of the machine, nor which server this is of which version', async () => {
    const { headers, body } = await ask(url);
    expect(body).not.toContain(SERVER_VERSION);
    expect(body).not.toContain('loft7');
    expect(headers).not.toHaveProperty('server');
  });

  test.each(['/index.html', '//', '/?x', '/weir-ca.key', '/../ca.key', '/api/v1/state', '*'])(
    'knows no %s',
    async (path) => {
      expect(await send(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${page.port}\r\n\r\n`)).toMatch(/^HTTP\/1.1 404 /);
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('does not know how to %s', async (method) => {
    expect((await ask(url, { method })).status).toBe(405);
  });

  test.each(['evil.example', 'loft7.local.evil.example', '192.168.1.6', 'localhost:1', ''])(
    'is not there for %s: that name was rebound',
    async (host) => {
      const { status, body } = await ask(url, {
        headers: { host: host.includes(':') ? host : `${host}:${page.port}` },
      });
      expect([status, body]).toEqual([421, '']);
    },
  );

  test('upgrades to nothing', async () => {
    const asked = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${page.port}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`;
    expect(await send(asked)).not.toMatch(/^HTTP\/1.1 101/);
  });
});

describe('its limits', () => {
  test('headers that are too long, or never end, end the connection', async () => {
    expect(await send(`GET / HTTP/1.1\r\nX: ${'y'.repeat(LAN_LIMITS.headerBytes)}\r\n\r\n`)).not.toContain('200 OK');
    const startMs = performance.now();
    expect(await send('GET / HTTP/1.1\r\n')).not.toContain('200 OK');
    expect(performance.now() - startMs).toBeGreaterThan(LAN_LIMITS.requestMs - 500);
  });

  test('more connections than allowed are not taken', async () => {
    const sockets = Array.from({ length: LAN_LIMITS.connections + 3 }, () =>
      connect(page.port, '127.0.0.1').on('error', () => undefined),
    );
    await Promise.race(sockets.map((socket) => once(socket.resume(), 'close')));
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await ask(url).catch(() => ({ status: 0 }))).status).toBe(200);
  });

  test("it is on the mixer's next port, or another where that is taken", async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const bound = other.address();
    const taken = typeof bound === 'object' && bound ? bound.port : 0;
    const elsewhere = await startPlainPage({ host: '127.0.0.1', port: taken - 1 }, certificate);
    expect([taken, 0]).not.toContain(elsewhere.port);
    expect((await ask(elsewhere.urlAt('127.0.0.1'))).body).toContain(`:${taken - 1}/`);
    elsewhere.close();
    other.close();
    await once(other, 'close');
    const next = await startPlainPage({ host: '127.0.0.1', port: taken - 1 }, certificate);
    expect(next.port).toBe(taken);
    next.close();
  });
});
