import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { request } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addressKind, inUrl } from '../config/address.js';
import { WeirError } from '../observe/errors.js';
import { Doors } from './doors.js';
import { HTTP_LIMITS } from './limits.js';
import { issueCertificate, makeAuthority, type Pair } from './tls/authority.js';
import { Certificate } from './tls/certificate.js';
import { ownNames } from './tls/own-names.js';

/** Of this machine, as others see it; a machine without a network has none. */
const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
const lanAddress = addresses.map(({ address }) => address).find((address) => addressKind(address) === 'private');
const names = ownNames('loft7', lanAddress === undefined ? [] : [lanAddress]);

let authority: Pair;
let certificate: Certificate;
beforeAll(async () => {
  authority = await makeAuthority(names);
  const pair = await issueCertificate(authority, names);
  const opened = await Certificate.open({ look: async () => pair });
  if (opened instanceof WeirError) throw opened;
  certificate = opened;
});
afterAll(() => certificate.close());

/** Says who asked, and how. */
let http: Server;
let doors: Doors;
beforeEach(() => {
  http = createHttpServer((asked, answer) =>
    answer.end(`${asked.socket.remoteAddress} ${'encrypted' in asked.socket}`),
  );
  doors = new Doors(http, { certificate, wayIn: (own) => `http://${inUrl(own)}:4791/` });
});
afterEach(() => {
  doors.close();
  http.closeAllConnections();
});

function getSecure(host: string, port: number): Promise<string> {
  return new Promise((settle, fail) => {
    const asked = request({ host, port, ca: authority.cert, servername: '', agent: false }, (answer) => {
      settle(text(answer));
    });
    asked.on('error', fail).end();
  });
}

/** What comes back until the other side ends. */
async function send(host: string, port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, host).on('error', () => undefined);
  socket.write(bytes);
  return text(socket).catch(() => '');
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

describe('on all addresses', () => {
  test('this machine speaks HTTP or HTTPS at one port', async () => {
    const port = await doors.open({ host: '0.0.0.0', port: 0 });
    expect(await send('127.0.0.1', port, GET)).toMatch(/^HTTP\/1.1 200 OK[^]*127.0.0.1 false$/);
    expect(await getSecure('127.0.0.1', port)).toBe('127.0.0.1 true');
  });

  test('both families, where the machine has them', async () => {
    const port = await doors.open({ host: '::', port: 0 });
    expect(await getSecure('::1', port)).toBe('::1 true');
    expect(await getSecure('127.0.0.1', port)).toBe('::ffff:127.0.0.1 true');
    expect(await send('127.0.0.1', port, GET)).toMatch(/ false$/);
  });

  test('a request that comes byte by byte is whole', async () => {
    const port = await doors.open({ host: '0.0.0.0', port: 0 });
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    for (const byte of GET) {
      socket.write(byte);
      await wait(1);
    }
    expect(await text(socket)).toMatch(/ false$/);
  });

  test('many at once, of both kinds, all get theirs', async () => {
    const port = await doors.open({ host: '0.0.0.0', port: 0 });
    const asked = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? getSecure('127.0.0.1', port) : send('127.0.0.1', port, GET),
    );
    (await Promise.all(asked)).forEach((said, index) => expect(said.endsWith(String(index % 2 === 0))).toBe(true));
  });
});

describe.runIf(lanAddress)('other machines', () => {
  const host = lanAddress ?? '';

  test('get HTTPS, also where only their address is listened on; this machine keeps 127.0.0.1', async () => {
    const port = await doors.open({ host, port: 0 });
    expect(await getSecure(host, port)).toBe(`${host} true`);
    expect(await send('127.0.0.1', port, GET)).toMatch(/ false$/);
  });

  test('are led to the page that explains it when they speak plain HTTP, whatever they ask', async () => {
    const port = await doors.open({ host, port: 0 });
    for (const asked of [GET, 'POST /x', `GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n${'x'.repeat(100_000)}`]) {
      const said = await send(host, port, asked);
      expect(said).toMatch(/^HTTP\/1.1 307 /);
      expect(said).toContain(`\r\nLocation: http://${inUrl(host)}:4791/\r\n`);
    }
  });

  test('get nothing for anything else', async () => {
    const port = await doors.open({ host, port: 0 });
    for (const asked of ['\0\0\0', '\x80\x2e\x01', 'get /', '\x16\x03\x01\x00\x05hello']) {
      expect(await send(host, port, Buffer.from(asked, 'latin1'))).not.toContain('HTTP');
    }
    expect(await getSecure(host, port)).toContain('true');
  });

  test('that say nothing, or begin a handshake and leave it, do not stay', async () => {
    const port = await doors.open({ host, port: 0 });
    const startMs = performance.now();
    const silent = connect(port, host).resume();
    await once(silent, 'close', { signal: AbortSignal.timeout(HTTP_LIMITS.headersMs + 10_000) });
    expect(performance.now() - startMs).toBeGreaterThan(HTTP_LIMITS.headersMs - 500);
    const half = connect(port, host).resume();
    half.write(Buffer.from([0x16, 3, 1]));
    await once(half, 'close', { signal: AbortSignal.timeout(20_000) });
  });

  test('led away, do not stay by going on talking', async () => {
    const port = await doors.open({ host, port: 0 });
    const talker = connect({ port, host, allowHalfOpen: true }).on('error', () => undefined);
    const talking = setInterval(() => talker.write('x'), 200);
    talker.resume().write(GET);
    await expect.poll(() => talker.closed, { timeout: HTTP_LIMITS.headersMs + 10_000 }).toBe(true);
    clearInterval(talking);
  }, 20_000);

  test('and they do not lose their places to processes of this machine that say nothing', async () => {
    const port = await doors.open({ host: '0.0.0.0', port: 0 });
    let dropped = 0;
    const silent = Array.from({ length: HTTP_LIMITS.waiting + 20 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .on('close', () => (dropped += 1)),
    );
    const slow = connect(port, host).on('error', () => undefined);
    await expect.poll(() => dropped).toBe(20);
    expect(slow.closed).toBe(false);
    expect(await getSecure(host, port)).toBe(`${host} true`);
    expect(await getSecure('127.0.0.1', port)).toBe('127.0.0.1 true');
    for (const socket of [...silent, slow]) socket.destroy();
  });

  test('hold only so many connections each, and that hurts nobody else', async () => {
    const port = await doors.open({ host, port: 0 });
    const held: Socket[] = [];
    let dropped = 0;
    for (let index = 0; index < HTTP_LIMITS.addressConnections + 5; index += 1) {
      const socket = connect(port, host).on('error', () => undefined);
      socket.on('close', () => (dropped += 1));
      held.push(socket.resume());
    }
    await expect.poll(() => dropped).toBe(5);
    expect(await send('127.0.0.1', port, GET)).toMatch(/ false$/);
    for (const socket of held) socket.destroy();
    await expect.poll(() => getSecure(host, port).catch(() => '')).toBe(`${host} true`);
  });

  test('speak TLS 1.2 or better', async () => {
    const port = await doors.open({ host, port: 0 });
    const speak = (maxVersion: 'TLSv1.1' | 'TLSv1.2'): Promise<string> =>
      new Promise((settle) => {
        const socket: TLSSocket = connectTls(
          { host, port, ca: authority.cert, minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' },
          () => settle(String(socket.getProtocol())),
        );
        socket.on('error', () => settle('refused'));
      });
    expect(await speak('TLSv1.2')).toBe('TLSv1.2');
    expect(await speak('TLSv1.1')).toBe('refused');
  });
});

describe('what cannot be listened on is named', () => {
  test('another address without a certificate', async () => {
    const plain = new Doors(http, undefined);
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.org'])
      await expect(plain.open({ host, port: 0 })).rejects.toMatchObject({ code: 'LISTEN_REFUSED' });
  });

  test("an address that is not this machine's, or is no address", async () => {
    await expect(doors.open({ host: '198.51.100.77', port: 0 })).rejects.toMatchObject({ code: 'LISTEN_REFUSED' });
    await expect(doors.open({ host: 'example.org', port: 0 })).rejects.toMatchObject({ code: 'LISTEN_REFUSED' });
  });

  test('a taken port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const bound = other.address();
    const port = typeof bound === 'object' && bound ? bound.port : 0;
    await expect(doors.open({ host: '0.0.0.0', port })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    other.close();
  });
});
