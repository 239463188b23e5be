import { openSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { weir } from '#proto';
import { afterEach, describe, expect, test } from 'vitest';
import { ringInSegments, segmentSizes, writeHeaders } from '../../server/mempool/ring-memory.js';
import { createSegment, type Segment } from '../../server/mempool/segment.js';
import { WeirError } from '../../server/observe/errors.js';
import { addSeals, close, memfd, must, SEAL, unmap, wakePair } from '../sys.js';
import { framed, HostileServer, type Reply } from './hostile-server.fixture.js';
import { connect, type Weir } from './weir.js';

const FRAME_BYTES = 4;
const CAPACITY = 16_384;
const PLAY = { format: 's16', rate: 48000, channels: 2 } as const;
const SIZES = segmentSizes('playback', CAPACITY, FRAME_BYTES);

let server: HostileServer | undefined;
let client: Weir | undefined;

async function join(script: (request: { body?: string | undefined }) => Reply[]): Promise<Weir> {
  server = new HostileServer(script);
  client = await connect({ name: 'test', socket: server.path });
  return client;
}

afterEach(() => {
  client?.close();
  server?.close();
});

const fdCount = (): number => readdirSync('/proc/self/fd').length;

/** Refused descriptors are closed on a thread of their own. */
async function settled(count: number): Promise<void> {
  for (let i = 0; i < 100 && fdCount() > count; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(fdCount()).toBeLessThanOrEqual(count);
}

async function failure(promise: Promise<unknown>): Promise<WeirError> {
  const outcome = await promise.then(
    () => 'it worked',
    (error: unknown) => error,
  );
  if (!(outcome instanceof WeirError)) throw new Error(`not a WeirError: ${String(outcome)}`);
  return outcome;
}

function segment(name: 'weir-control' | 'weir-data', sizeBytes: number): Segment {
  const made = createSegment(name, sizeBytes);
  if (made instanceof WeirError) throw made;
  return made;
}

interface Ring {
  control: number;
  data: number;
  wake: number;
}

/** Descriptors of a good ring; the mappings of this side are dropped. */
function goodRing(): Ring {
  const control = segment('weir-control', SIZES.controlBytes);
  const data = segment('weir-data', SIZES.dataBytes);
  const shape = { capacityFrames: CAPACITY, frameBytes: FRAME_BYTES };
  writeHeaders(ringInSegments('playback', control.address, data.address, shape));
  unmap(control.address, control.sizeBytes);
  unmap(data.address, data.sizeBytes);
  const [ours, theirs] = must(wakePair());
  close(ours);
  return { control: control.fd, data: data.fd, wake: theirs };
}

function replaced(ring: Ring, which: keyof Ring, fd: number): Ring {
  close(ring[which]);
  return { ...ring, [which]: fd };
}

function opened(ring: Ring, changes: weir.v1.StreamOpened.$Properties = {}): Reply {
  const said = {
    stream: 1,
    transport: weir.v1.Transport.RING,
    capacityFrames: CAPACITY,
    ...SIZES,
    fillFrames: 1024,
    quantumFrames: 512,
  };
  return { message: { streamOpened: { ...said, ...changes } }, fds: [ring.control, ring.data, ring.wake] };
}

describe('memory that is not what was said is refused, and nothing leaks', () => {
  const unsealed = (): number => must(memfd('unsealed', SIZES.controlBytes));
  const cases: [string, string, () => Reply][] = [
    ['unsealed', 'FD_UNSEALED', () => opened(replaced(goodRing(), 'control', unsealed()))],
    [
      'only partly sealed',
      'FD_UNSEALED',
      () => {
        const fd = unsealed();
        must(addSeals(fd, SEAL.SHRINK));
        return opened(replaced(goodRing(), 'control', fd));
      },
    ],
    [
      'the status page without FUTURE_WRITE',
      'FD_UNSEALED',
      () => {
        const fd = must(memfd('data', SIZES.dataBytes));
        must(addSeals(fd, SEAL.SHRINK | SEAL.GROW | SEAL.SEAL));
        return opened(replaced(goodRing(), 'data', fd));
      },
    ],
    [
      'too small',
      'FD_WRONG_SIZE',
      () => opened(replaced(goodRing(), 'control', dropMapping(segment('weir-control', 4096)))),
    ],
    ['no memfd', 'FD_NOT_MEMFD', () => opened(replaced(goodRing(), 'data', openSync('/dev/zero', 'r')))],
    [
      'a wake-up descriptor that is a directory',
      'BAD_MESSAGE',
      () => opened(replaced(goodRing(), 'wake', openSync('/', 'r'))),
    ],
    [
      'no ring in it',
      'BAD_MESSAGE',
      () => opened(replaced(goodRing(), 'control', dropMapping(segment('weir-control', SIZES.controlBytes)))),
    ],
    ['sizes that do not fit the capacity', 'BAD_MESSAGE', () => opened(goodRing(), { capacityFrames: CAPACITY * 2 })],
    ['a capacity that is no power of two', 'BAD_MESSAGE', () => opened(goodRing(), { capacityFrames: 12_000 })],
    ['a capacity of nothing', 'BAD_MESSAGE', () => opened(goodRing(), { capacityFrames: 0 })],
    [
      'too few descriptors',
      'FD_MISSING',
      () => {
        const ring = goodRing();
        close(ring.wake);
        return { ...opened(ring), fds: [ring.control, ring.data] };
      },
    ],
  ];

  function dropMapping({ fd, address, sizeBytes }: Segment): number {
    unmap(address, sizeBytes);
    return fd;
  }

  test.each(cases)('%s: %s', async (_, code, make) => {
    let reply: Reply | undefined;
    const joined = await join(({ body }) => (body === 'openStream' ? [(reply = make())] : []));
    const before = fdCount();
    expect((await failure(joined.play(PLAY))).code).toBe(code);
    expect(reply).toBeDefined();
    await settled(before);
  });

  test('a good one is accepted, and its memory and descriptors go with the stream', async () => {
    const joined = await join(({ body }) =>
      body === 'openStream' ? [opened(goodRing())] : [{ message: { done: {} } }],
    );
    const before = fdCount();
    const stream = await joined.play(PLAY);
    expect(stream.transport).toBe('ring');
    expect(fdCount()).toBe(before + 1);
    await stream.write(new Uint8Array(1000 * FRAME_BYTES));
    expect(stream.status()?.queuedFrames).toBe(1000);
    await stream.close();
    expect(stream.status()).toBeUndefined();
    expect(fdCount()).toBe(before);
    expect((await failure(stream.write(new Uint8Array(FRAME_BYTES)))).code).toBe('STREAM_CLOSED');
  });
});

describe('playing into a server that takes nothing', () => {
  test('waits at the fill that was asked for, and fails when the connection goes', async () => {
    const joined = await join(({ body }) => (body === 'openStream' ? [opened(goodRing())] : [{ hangUp: true }]));
    const stream = await joined.play(PLAY);
    const writing = failure(stream.write(new Uint8Array(4096 * FRAME_BYTES)));
    const next = failure(stream.write(new Uint8Array(FRAME_BYTES)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(stream.status()?.queuedFrames).toBe(1024);
    const draining = failure(stream.drain());
    const asking = failure(joined.setDefault('x'));
    for (const pending of [asking, writing, next, draining]) expect((await pending).code).toBe('SERVER_GONE');
    expect((await joined.closed).code).toBe('SERVER_GONE');
  });

  test('falls back to copies where the server has no memory to share', async () => {
    const joined = await join((request) => {
      if (request.body !== 'openStream') return [];
      const asked = server?.requests.filter(({ body }) => body === 'openStream').length ?? 0;
      const failed = { code: 'SHARED_MEMORY_UNAVAILABLE', what: 'none left' };
      return asked === 1
        ? [{ message: { failure: failed } }]
        : [{ message: { streamOpened: { stream: 1, transport: weir.v1.Transport.COPIES, grantedFrames: 600 } } }];
    });
    const stream = await joined.play(PLAY);
    expect(stream.transport).toBe('copies');
    void failure(stream.write(new Uint8Array(1000 * FRAME_BYTES)));
    const sent = (): number => (server?.requests ?? []).reduce((sum, { audio }) => sum + (audio?.data?.length ?? 0), 0);
    for (let i = 0; i < 50 && sent() < 600 * FRAME_BYTES; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(sent()).toBe(600 * FRAME_BYTES);
    await expect(joined.play({ ...PLAY, transport: 'ring' })).resolves.toMatchObject({ transport: 'copies' });
  });
});

test('a server that reads late gets every byte, in order', async () => {
  const joined = await join(({ body }) =>
    body === 'openStream'
      ? [{ message: { streamOpened: { stream: 1, transport: weir.v1.Transport.COPIES, grantedFrames: 1e6 } } }]
      : [],
  );
  const stream = await joined.play({ ...PLAY, transport: 'copies' });
  const frames = new Uint32Array(500_000).map((_, index) => index);
  await stream.write(new Uint8Array(frames.buffer));
  const packets = (): Uint8Array[] =>
    (server?.requests ?? []).flatMap(({ audio }) => (audio?.data ? [audio.data] : []));
  const arrived = (): Buffer => Buffer.concat(packets());
  for (let i = 0; i < 100 && arrived().length < frames.byteLength; i++) await new Promise((r) => setTimeout(r, 10));
  expect(arrived().equals(Buffer.from(frames.buffer))).toBe(true);
});

describe('a server that speaks nonsense', () => {
  test('an oversized message, a broken one, an unknown error code', async () => {
    const huge = await join(() => [{ bytes: Uint8Array.of(0, 0, 0x20, 0) }]);
    expect((await failure(huge.snapshot())).code).toBe('MESSAGE_TOO_LARGE');
    server?.close();
    const broken = await join(() => [{ bytes: Uint8Array.of(3, 0, 0, 0, 0xff, 0xff, 0xff) }]);
    expect((await failure(broken.snapshot())).code).toBe('BAD_MESSAGE');
    server?.close();
    const newer = await join(() => [{ message: { failure: { code: 'TOO_NEW', what: 'hm' } } }]);
    expect(await failure(newer.setDefault('x'))).toMatchObject({ code: 'ERROR_UNFAMILIAR', what: 'TOO_NEW: hm' });
  });

  test('its last words are the reason', async () => {
    const joined = await join(() => [
      { bytes: framed({ failure: { code: 'KICKED', what: 'away with you' } }) },
      { hangUp: true },
    ]);
    expect(await failure(joined.setDefault('x'))).toMatchObject({ code: 'KICKED', what: 'away with you' });
  });

  test('descriptors that no message names end the connection and are closed', async () => {
    const before = fdCount();
    const joined = await join(() =>
      Array.from({ length: 13 }, () => ({ message: { done: {} }, fds: [openSync('/dev/null', 'r')] })),
    );
    await joined.setDefault('x').catch(() => {});
    expect((await joined.closed).code).toBe('BAD_MESSAGE');
    server?.close();
    await settled(before);
  });

  test('random bytes never throw: each request is answered or fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const joined = await join(() => [{ bytes }, { hangUp: true }]);
        expect(await failure(joined.setDefault('x'))).toBeInstanceOf(WeirError);
        joined.close();
        server?.close();
        server = undefined;
      }),
      { numRuns: 60 },
    );
  });

  test('an answer to nobody’s request opens nothing', async () => {
    const ring = goodRing();
    const joined = await join(({ body }) => {
      if (body !== 'setDefault') return [];
      const { message, fds } = opened(ring);
      return [{ bytes: framed({ requestId: 999, ...message }), ...(fds && { fds }) }, { message: { done: {} } }];
    });
    const before = fdCount();
    await joined.setDefault('x');
    for (let i = 0; i < 50 && server?.requests.at(-1)?.body !== 'closeStream'; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(server?.requests.at(-1)?.closeStream?.stream).toBe(1);
    await settled(before - 3);
  });
});
