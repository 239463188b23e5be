import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { EchoCarrier } from './echo.fixture.js';
import { frame } from './http3/frames.js';
import { CAPSULE, FRAME, H3_ERROR, UNI } from './http3/words.js';
import { LANES, SIZE_LIMITS, TICKET_LIMITS } from './limits.js';
import { encodeFields } from './qpack/field-section.js';
import { varint } from './quic/varint.js';
import { connectFields, framed, RawClient } from './raw-client.fixture.js';

let bench: EchoCarrier;
beforeAll(async () => {
  bench = await EchoCarrier.start();
});
afterAll(() => bench.carrier.close());

const laneStart = Buffer.concat([varint(UNI.WEBTRANSPORT), varint(0)]);

async function stillEchoes(): Promise<void> {
  const client = await bench.join();
  client.write(4, framed(Buffer.from('still here')));
  await client.until('the echo', () => client.messages().includes('still here'));
  client.vanish();
}

describe('one session', () => {
  test('messages come whole and in order, however the bytes are cut', async () => {
    const client = await bench.join();
    const messages = ['', 'a', 'b'.repeat(3000), 'c'.repeat(100_000), 'd'];
    const bytes = Buffer.concat(messages.map((message) => framed(Buffer.from(message))));
    for (const byte of bytes.subarray(0, 20)) client.write(4, Buffer.of(byte));
    await client.writeAll(4, bytes.subarray(20));
    await client.until('all echoes', () => client.messages().length === messages.length);
    expect(client.messages()).toEqual(messages);
    client.vanish();
  });

  test('the longest message passes', async () => {
    const client = await bench.join();
    const message = randomBytes(SIZE_LIMITS.messageBytes).toString('hex').slice(0, SIZE_LIMITS.messageBytes);
    await client.writeAll(4, framed(Buffer.from(message)));
    await client.until('the echo', () => client.messages().includes(message));
    client.vanish();
  });

  test('sound that fits goes as a datagram, longer sound over the lanes, and both come back', async () => {
    const client = await bench.join();
    client.datagram(Buffer.concat([varint(0), Buffer.from('sound, short')]));
    await client.until('a datagram', () =>
      client.datagrams.some((got) => got.subarray(1).toString() === 'sound, short'),
    );
    const long = `sound ${'x'.repeat(4000)}`;
    for (let lane = 0; lane < LANES; lane++)
      await client.writeAll(6 + lane * 4, Buffer.concat([laneStart, framed(Buffer.from(long))]));
    const lanes = [...Array(LANES).keys()].map((lane) => 7 + lane * 4);
    await client.until('all lanes are used in turn', () =>
      lanes.every((lane) => client.streams.get(lane)?.includes(Buffer.from(long))),
    );
    client.vanish();
  });

  test('what the peer takes is known, and what it does not', async () => {
    const client = await bench.join();
    client.write(4, framed(Buffer.from('hello')));
    await client.until('the echo', () => client.messages().length === 1);
    const outlet = bench.echo.outlets.at(-1);
    await client.until('nothing is queued', () => outlet?.queuedBytes() === 0);
    client.vanish();
    for (let i = 0; i < 10; i++) outlet?.send(Buffer.alloc(SIZE_LIMITS.messageBytes));
    // A vanished peer has taken what its window let through, no more.
    await new Promise((settle) => setTimeout(settle, 300));
    expect(outlet?.queuedBytes()).toBeGreaterThan(1e6);
  });

  test('ends with its reliable stream, with its request, with a capsule, and when the server says so', async () => {
    const ends: ((client: RawClient) => void)[] = [
      (client) => client.write(4, Buffer.alloc(0), true),
      (client) => client.write(0, Buffer.alloc(0), true),
      (client) => client.write(0, frame(FRAME.DATA, frame(CAPSULE.CLOSE_SESSION, Buffer.from('\0\0\0\0bye')))),
    ];
    for (const end of ends) {
      const client = await bench.join();
      const before = bench.echo.closed;
      end(client);
      expect(await client.closedWith()).toBe(H3_ERROR.NO_ERROR);
      await client.until('the session is told', () => bench.echo.closed > before);
      client.vanish();
    }
    const client = await bench.join();
    client.write(4, framed(Buffer.from('first')));
    await client.until('the echo', () => client.messages().length === 1);
    const outlet = bench.echo.outlets.at(-1);
    outlet?.send(Buffer.from('last words'));
    outlet?.close();
    await client.until('its end', () => client.finished.has(4));
    expect(client.messages()).toEqual(['first', 'last words']);
    client.vanish();
  });

  test('ends at once when the process that asked for it dies', async () => {
    const pid = Number(execFileSync('sh', ['-c', 'sleep 0 & echo $!; wait']).toString());
    const { ticket } = await bench.offer({ pid, uid: 1000 });
    const before = bench.echo.closed;
    const client = await RawClient.joined(bench.port, ticket);
    await client.until('the session is told', () => bench.echo.closed > before);
    client.vanish();
  });
});

describe('who gets in', () => {
  test('whoever has a ticket, once; the session knows whose it is', async () => {
    const { ticket, certificateHash, expiresS } = await bench.offer({ pid: process.pid, uid: 77 });
    expect(Buffer.from(certificateHash, 'base64')).toHaveLength(32);
    expect(expiresS * 1000).toBe(TICKET_LIMITS.lifeMs);
    const first = await RawClient.joined(bench.port, ticket);
    expect(bench.echo.peers.at(-1)).toEqual({
      carrier: 'webtransport',
      pid: process.pid,
      uid: 77,
      sharedMemory: false,
    });
    const again = await RawClient.asked(bench.port, connectFields(`/wt?ticket=${ticket}`));
    expect(again.status).toBe('403');
    for (const client of [first, again.client]) client.vanish();
  });

  test.each([
    ['no ticket', '/wt', {}, '403'],
    ['a guess', `/wt?ticket=${'A'.repeat(32)}`, {}, '403'],
    ['another path', '/other?ticket=TICKET', {}, '404'],
    ['another page', '/wt?ticket=TICKET', { origin: 'http://evil.example' }, '403'],
    ['no origin', '/wt?ticket=TICKET', { origin: undefined }, '403'],
    ['a GET', '/wt?ticket=TICKET', { ':method': 'GET', ':protocol': undefined }, '404'],
    ['plain http', '/wt?ticket=TICKET', { ':scheme': 'http' }, '404'],
  ] as const)('%s is refused', async (_what, path, changes, status) => {
    const { ticket } = await bench.offer();
    const before = bench.echo.peers.length;
    const asked = await RawClient.asked(bench.port, connectFields(path.replace('TICKET', ticket), changes));
    expect(asked.status).toBe(status);
    expect(bench.echo.peers).toHaveLength(before);
    asked.client.vanish();
  });

  test('nobody, when the server is full', async () => {
    bench.echo.refusal = new WeirError('TOO_MANY_CLIENTS', 'test');
    const { ticket } = await bench.offer();
    const { client, status } = await RawClient.asked(bench.port, connectFields(`/wt?ticket=${ticket}`));
    bench.echo.refusal = undefined;
    expect(status).toBe('503');
    client.vanish();
  });

  test('a second session on a connection is refused, the first goes on', async () => {
    const client = await bench.join();
    const { ticket } = await bench.offer();
    client.write(8, frame(FRAME.HEADERS, encodeFields(connectFields(`/wt?ticket=${ticket}`))));
    expect(await client.status(8)).toBe('429');
    client.write(4, framed(Buffer.from('still here')));
    await client.until('the echo', () => client.messages().includes('still here'));
    client.vanish();
  });
});

describe('when the child dies', () => {
  test('its sessions end a little later, the next one lets in whoever comes', async () => {
    const client = await bench.join();
    const [before, outlet] = [bench.echo.closed, bench.echo.outlets.at(-1)];
    process.kill(childPid(), 'SIGKILL');
    await client.until('it is known', () => bench.carrier.offer({ pid: process.pid }) instanceof WeirError);
    // Its streams may be taken over meanwhile; what is said to it is said to nobody.
    expect(bench.echo.closed).toBe(before);
    outlet?.send(Buffer.from('into the void'));
    expect(outlet?.queuedBytes()).toBe(0);
    await client.until('it ends', () => bench.echo.closed > before);
    client.vanish();
    await stillEchoes();
  });

  test('also when it only hangs', async () => {
    process.kill(childPid(), 'SIGSTOP');
    await eventuallyOff();
    await stillEchoes();
  }, 30_000);
});

function childPid(): number {
  const children = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'webtransport/child']).toString();
  return Number(children.trim());
}

async function eventuallyOff(): Promise<void> {
  while (!(bench.carrier.offer({ pid: process.pid }) instanceof WeirError))
    await new Promise((settle) => setTimeout(settle, 200));
}
