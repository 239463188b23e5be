import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EchoCarrier } from './echo.fixture.js';
import { frame } from './http3/frames.js';
import { CAPSULE, FRAME, H3_ERROR, UNI } from './http3/words.js';
import { CONNECTION_LIMITS, LANES, SIZE_LIMITS } from './limits.js';
import { encodeFields } from './qpack/field-section.js';
import { varint } from './quic/varint.js';
import { connectFields, framed, RawClient } from './raw-client.fixture.js';

const PACKETS = 20_000;
const MIB = 2 ** 20;
/** What the child may have grown by, after all of this: its garbage, and quiche's. */
const GROWN_BYTES = 192 * MIB;

let bench: EchoCarrier;
let pid: number;
let rssBytes: number;

beforeAll(async () => {
  bench = await EchoCarrier.start();
  pid = Number(
    execFileSync('pgrep', ['-P', String(process.pid), '-f', 'webtransport/child'])
      .toString()
      .trim(),
  );
  rssBytes = rss();
});

/** What every test of this file is about: the same child still serves. */
afterAll(async () => {
  const client = await bench.join();
  client.write(4, framed(Buffer.from('still here')));
  await client.until('the echo', () => client.messages().includes('still here'));
  client.vanish();
  expect(rss()).toBeLessThan(rssBytes + GROWN_BYTES);
  await bench.carrier.close();
});

/** Of the child; it throws when that has died. */
function rss(): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

async function settled(address?: string): Promise<RawClient> {
  const client = await RawClient.established(bench.port, address);
  client.settle();
  return client;
}

describe('packets', () => {
  test(`${PACKETS} that are random, or half of a real one`, async () => {
    const socket = createSocket('udp4');
    const real: Buffer[] = [];
    const client = await RawClient.begin(bench.port);
    const send = client.socket.send.bind(client.socket);
    client.socket.send = (...args: unknown[]) => {
      if (Buffer.isBuffer(args[0])) real.push(Buffer.from(args[0]));
      Reflect.apply(send, client.socket, args);
    };
    await client.until('real packets', () => client.quic.isEstablished());
    client.socket.send = send;
    const initial = (): Buffer => {
      const packet = randomBytes(1200);
      packet[0] = 0xc0 | randomInt(16);
      packet.writeUInt32BE(randomInt(3) === 0 ? randomInt(2 ** 32) : 1, 1);
      packet[5] = randomInt(24);
      packet[6 + packet[5]] = randomInt(24);
      return packet;
    };
    const mutilated = (): Buffer => {
      const packet = Buffer.from(real[randomInt(real.length)] ?? initial());
      for (let i = randomInt(4); i >= 0; i--) packet[randomInt(packet.length)] = randomInt(256);
      return randomInt(4) === 0 ? packet.subarray(0, randomInt(packet.length) + 1) : packet;
    };
    for (let sent = 0; sent < PACKETS; sent++) {
      const kind = sent % 4;
      const packet = kind === 0 ? randomBytes(randomInt(1, 1400)) : kind === 1 ? initial() : mutilated();
      socket.send(packet, bench.port, '127.0.0.1');
      if (sent % 64 === 0) await new Promise((settle) => setTimeout(settle, 1));
    }
    socket.close();
    client.vanish();
    expect(rss()).toBeGreaterThan(0);
  }, 60_000);

  test('a first packet with no proof of its address is answered by a Retry, and nothing is kept of it', async () => {
    const socket = createSocket('udp4');
    let answers = 0;
    let answeredBytes = 0;
    socket.on('message', (packet) => {
      answers += 1;
      answeredBytes = Math.max(answeredBytes, packet.length);
    });
    const probe = await RawClient.begin(bench.port);
    const first = await new Promise<Buffer>((settle) => {
      const listener = createSocket('udp4').bind(0, '127.0.0.1', () => {
        void RawClient.begin(listener.address().port).then((other) => {
          listener.once('message', (packet) => {
            settle(packet);
            other.vanish();
            listener.close();
          });
        });
      });
    });
    for (let i = 0; i < CONNECTION_LIMITS.strangers * 4; i++) socket.send(first, bench.port, '127.0.0.1');
    await probe.until('they are answered', () => answers >= CONNECTION_LIMITS.strangers);
    expect(answeredBytes).toBeLessThan(first.length);
    // Were they connections, there would be no place left.
    (await settled()).vanish();
    socket.close();
    probe.vanish();
  });
});

describe('HTTP/3 that is none', () => {
  const headers = (bytes: Uint8Array): Buffer => frame(FRAME.HEADERS, bytes);
  test.each([
    ['headers that are too long', 0, headers(Buffer.alloc(SIZE_LIMITS.headerBytes + 1)), H3_ERROR.EXCESSIVE_LOAD],
    [
      'headers announced as endless',
      0,
      Buffer.concat([varint(FRAME.HEADERS), varint(2 ** 50)]),
      H3_ERROR.EXCESSIVE_LOAD,
    ],
    ['a dynamic table', 0, headers(Buffer.of(5, 0, 0x80)), H3_ERROR.QPACK_DECOMPRESSION_FAILED],
    ['a header block of noise', 0, headers(Buffer.alloc(300, 0xff)), H3_ERROR.QPACK_DECOMPRESSION_FAILED],
    [
      'Huffman code that ends in nothing',
      0,
      headers(Buffer.of(0, 0, 0x2b, 0xff, 0xff, 0xff)),
      H3_ERROR.QPACK_DECOMPRESSION_FAILED,
    ],
    [
      'a bomb of fields',
      0,
      headers(Buffer.concat([Buffer.alloc(2), Buffer.alloc(4000, 0xd1)])),
      H3_ERROR.QPACK_DECOMPRESSION_FAILED,
    ],
    ['data before headers', 0, frame(FRAME.DATA, Buffer.of(1)), H3_ERROR.FRAME_UNEXPECTED],
    [
      'a second control stream',
      6,
      Buffer.concat([varint(UNI.CONTROL), frame(FRAME.SETTINGS, Buffer.alloc(0))]),
      H3_ERROR.STREAM_CREATION,
    ],
    ['a push stream', 6, varint(UNI.PUSH), H3_ERROR.STREAM_CREATION],
  ] as const)('%s', async (_what, stream, bytes, code) => {
    const client = await settled();
    await client.writeAll(stream, bytes).catch(() => undefined);
    expect(await client.closedWith()).toBe(code);
    client.vanish();
  });

  test.each([
    ['no settings', frame(0x21, Buffer.of(1)), H3_ERROR.MISSING_SETTINGS],
    [
      'settings that are too long',
      frame(FRAME.SETTINGS, Buffer.alloc(SIZE_LIMITS.settingsBytes + 1)),
      H3_ERROR.MISSING_SETTINGS,
    ],
    ['settings cut short', frame(FRAME.SETTINGS, Buffer.of(0x40)), H3_ERROR.SETTINGS],
    ['a setting twice', frame(FRAME.SETTINGS, Buffer.of(0x33, 1, 0x33, 1)), H3_ERROR.SETTINGS],
    [
      'settings twice',
      Buffer.concat([frame(FRAME.SETTINGS, Buffer.alloc(0)), frame(FRAME.SETTINGS, Buffer.alloc(0))]),
      H3_ERROR.FRAME_UNEXPECTED,
    ],
    [
      'a request on the control stream',
      Buffer.concat([frame(FRAME.SETTINGS, Buffer.alloc(0)), frame(FRAME.HEADERS, Buffer.of(0))]),
      H3_ERROR.FRAME_UNEXPECTED,
    ],
  ] as const)('%s', async (_what, bytes, code) => {
    const client = await RawClient.established(bench.port);
    client.write(2, Buffer.concat([varint(UNI.CONTROL), bytes]));
    expect(await client.closedWith()).toBe(code);
    client.vanish();
  });

  test('the control stream ends', async () => {
    const client = await settled();
    client.write(2, Buffer.alloc(0), true);
    expect(await client.closedWith()).toBe(H3_ERROR.CLOSED_CRITICAL_STREAM);
    client.vanish();
  });

  test('frames and streams that nobody knows are passed over', async () => {
    const client = await settled();
    client.write(6, Buffer.concat([varint(0x21 + 0x1f * 7), Buffer.alloc(100)]), true);
    const { ticket } = await bench.offer();
    const request = frame(FRAME.HEADERS, encodeFields(connectFields(`/wt?ticket=${ticket}`)));
    client.write(0, Buffer.concat([frame(0x21, Buffer.alloc(20_000 / 8)), request]));
    expect(await client.status(0)).toBe('200');
    client.vanish();
  });

  test('noise on every stream that may be opened', async () => {
    for (let i = 0; i < 20; i++) {
      const client = await settled();
      for (const stream of [0, 4, 8, 6, 10, 14, 18])
        client.write(stream, randomBytes(randomInt(1, 500)), randomInt(2) === 0);
      client.vanish();
    }
  });
});

describe('a session', () => {
  test('a capsule that is too long', async () => {
    const client = await bench.join();
    const capsule = Buffer.concat([varint(CAPSULE.CLOSE_SESSION), varint(1e6)]);
    client.write(0, frame(FRAME.DATA, capsule));
    expect(await client.closedWith()).toBe(H3_ERROR.EXCESSIVE_LOAD);
    client.vanish();
  });

  test.each([
    ['the reliable stream', 4, Buffer.alloc(0), SIZE_LIMITS.messageBytes + 1],
    ['a lane', 6, Buffer.concat([varint(UNI.WEBTRANSPORT), varint(0)]), SIZE_LIMITS.laneMessageBytes + 1],
  ])('a message too long for %s', async (_what, stream, start, length) => {
    const client = await bench.join();
    const header = Buffer.alloc(4);
    header.writeUInt32LE(length);
    client.write(stream, Buffer.concat([start, header]));
    expect(await client.closedWith()).toBe(H3_ERROR.NO_ERROR);
    client.vanish();
  });

  test('more streams than it may have', async () => {
    const client = await bench.join();
    client.write(8, Buffer.concat([varint(FRAME.WEBTRANSPORT_STREAM), varint(0), framed(Buffer.from('second'))]));
    const before = bench.echo.heard.length;
    for (let lane = 0; lane < LANES + 1; lane++) {
      const start = Buffer.concat([varint(UNI.WEBTRANSPORT), varint(0)]);
      client.write(6 + lane * 4, Buffer.concat([start, framed(Buffer.from(`lane ${lane}`))]));
    }
    expect(client.write(6 + SIZE_LIMITS.uniStreams * 4, Buffer.of(0x54))).toBe(false);
    await client.until('the lanes that it has', () => bench.echo.heard.length >= before + LANES);
    await new Promise((settle) => setTimeout(settle, 100));
    const heard = bench.echo.heard.slice(before).map(String);
    expect(heard.toSorted()).toEqual([...Array(LANES).keys()].map((lane) => `lane ${lane}`));
    client.vanish();
  });

  test('streams and datagrams of a session that is not theirs', async () => {
    const client = await bench.join();
    const before = bench.echo.heard.length;
    client.write(6, Buffer.concat([varint(UNI.WEBTRANSPORT), varint(400), framed(Buffer.from('stray'))]));
    client.datagram(Buffer.concat([varint(100), Buffer.from('stray')]));
    client.datagram(Buffer.alloc(0));
    client.write(4, framed(Buffer.from('own')));
    await client.until('its own', () => client.messages().includes('own'));
    expect(bench.echo.heard.slice(before).map(String)).toEqual(['own']);
    client.vanish();
  });

  test('a flood of datagrams, of messages, and answers that are never read', async () => {
    const client = await bench.join();
    for (let i = 0; i < 20_000; i++) {
      client.datagram(Buffer.concat([varint(0), Buffer.alloc(1000, i)]));
      if (i % 100 === 0) await new Promise((settle) => setTimeout(settle, 1));
    }
    const messages = framed(Buffer.alloc(50_000));
    for (let i = 0; i < 100; i++) {
      client.write(4, messages);
      if (i % 10 === 0) await new Promise((settle) => setTimeout(settle, 5));
    }
    client.vanish();
  }, 60_000);
});

describe('places', () => {
  test('strangers of one address have some, and only for a while', async () => {
    // Not where those of the tests before may still have theirs.
    const address = '127.0.0.2';
    const slow = async (): Promise<RawClient> => {
      // Slow loris: a request that never comes to an end.
      const client = await settled(address);
      client.write(0, Buffer.concat([varint(FRAME.HEADERS), varint(1000), Buffer.alloc(10)]));
      return client;
    };
    const strangers = await Promise.all(Array.from({ length: CONNECTION_LIMITS.strangersPerAddress }, slow));
    const late = await RawClient.begin(bench.port, address);
    await new Promise((settle) => setTimeout(settle, 500));
    expect(late.quic.isEstablished()).toBe(false);
    for (const client of strangers) {
      expect(await client.closedWith()).toBe(H3_ERROR.NO_ERROR);
      client.vanish();
    }
    late.vanish();
    (await settled(address)).vanish();
  }, 30_000);

  test('members of one address have more, and places come back', async () => {
    const address = '127.0.0.3';
    const members: RawClient[] = [];
    for (let i = 0; i < CONNECTION_LIMITS.perAddress; i++) {
      const { ticket } = await bench.offer({ pid: process.pid, uid: i });
      members.push(await RawClient.joined(bench.port, ticket, address));
    }
    const late = await RawClient.begin(bench.port, address);
    await new Promise((settle) => setTimeout(settle, 500));
    expect(late.quic.isEstablished()).toBe(false);
    late.vanish();
    for (const member of members) {
      member.write(0, Buffer.alloc(0), true);
      await member.closedWith();
      member.vanish();
    }
    (await settled(address)).vanish();
  }, 60_000);

  test('a peer that vanished is noticed: its socket is gone, or it is silent for too long', async () => {
    const [gone, silent] = [await bench.join(), await bench.join()];
    const before = bench.echo.closed;
    gone.vanish();
    silent.fallSilent();
    await gone.until('the first session is told', () => bench.echo.closed === before + 1);
    await gone.until('the second one, too', () => bench.echo.closed === before + 2);
    silent.vanish();
  }, 30_000);
});
