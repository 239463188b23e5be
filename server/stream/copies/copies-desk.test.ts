import { afterEach, expect, test } from 'vitest';
import { viewOf } from '../../../native-shim/library.js';
import { nowNs } from '../../../native-shim/sys.js';
import { openPrivateRing, type Ring } from '../../mempool/pool.js';
import { Quota } from '../../mempool/quota.js';
import { PlaybackReader } from '../../mempool/ring.js';
import { WeirError } from '../../observe/errors.js';
import { CopiesDesk, type Tenancy, type TenancyEvents } from './copies-desk.js';
import type { LiveNews, LiveOrder } from './live-inflow.js';
import type { TenantNews, TenantOrder } from './messages.js';
import { PacketQueueWriter } from './packet-queue.js';

const RATE = 48_000;
let desk: CopiesDesk;
afterEach(() => {
  desk.close();
});

function ringOf(capacityFrames: number, frameBytes: number): Ring {
  const ring = openPrivateRing({ capacityFrames, frameBytes, direction: 'playback' }, new Quota(2 ** 24));
  if (ring instanceof WeirError) throw ring;
  return ring;
}

/** A live stream's half of the main thread, with all that it is told. */
class Speaker implements TenancyEvents {
  readonly ring = ringOf(32_768, 4);
  readonly queueRing = ringOf(65_536, 1);
  readonly queue = new PacketQueueWriter(this.queueRing.memory);
  readonly heard: TenantNews[] = [];
  lostWhy: WeirError | undefined;
  releases = 0;
  readonly tenancy: Tenancy;

  constructor(change: Partial<LiveOrder> = {}) {
    const order: LiveOrder = {
      kind: 'live',
      memory: this.ring.memory,
      queue: this.queueRing.memory,
      spec: { format: 's16', rate: RATE, channels: 2 },
      codec: 'pcm',
      purpose: 'talk',
      depthFrames: 0,
      ...change,
    };
    const tenancy = desk.open(order, this);
    if (tenancy instanceof WeirError) throw tenancy;
    this.tenancy = tenancy;
  }

  news(news: TenantNews): void {
    this.heard.push(news);
  }

  lost(why: WeirError): void {
    this.lostWhy = why;
  }

  released(): void {
    this.releases++;
  }

  say(frame: number, data: Uint8Array, arrivalNs = nowNs()): boolean {
    const taken = this.put(frame, data, arrivalNs);
    this.tenancy.wake();
    return taken;
  }

  put(frame: number, data: Uint8Array, arrivalNs = nowNs()): boolean {
    return this.queue.put({ frame, arrivalNs, kind: 'first', data });
  }

  get report(): LiveNews | undefined {
    return this.heard.findLast((news) => news.kind === 'live');
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('not in time');
    await new Promise((settle) => setTimeout(settle, 5));
  }
}

const numbered = (from: number, frames: number) =>
  new Uint8Array(Uint32Array.from({ length: frames }, (_, i) => from + i).buffer);

test('packets come out in the ring, in order, bit for bit; the memory is given back once', async () => {
  desk = new CopiesDesk();
  const speaker = new Speaker();
  // One from before it began: the stream waits a tenth of a second for what may have gathered there.
  speaker.say(0, numbered(0, 480), nowNs() - 200e6);
  const packets = [1, 3, 2, 2, 4, 6, 5].map((n) => [n * 480, numbered(n * 480, 480)] as const);
  for (const [frame, data] of packets) speaker.say(frame, data);
  const reader = new PlaybackReader(speaker.ring.memory);
  await until(() => reader.fill() === 6 * 480);

  expect(new Uint32Array(viewOf(speaker.ring.memory.samples, 6 * 480 * 4))).toEqual(
    Uint32Array.from({ length: 6 * 480 }, (_, i) => 480 + i),
  );
  await until(() => speaker.report?.packets === 8);
  expect(speaker.report).toMatchObject({ latePackets: 0, lostPackets: 0, concealedFrames: 0, packetFrames: 480 });
  speaker.tenancy.close();
  speaker.tenancy.close();
  await until(() => speaker.releases > 0);
  expect(speaker.releases).toBe(1);
});

test('a queue that is full says so, and is emptied by the thread', async () => {
  desk = new CopiesDesk();
  const speaker = new Speaker();
  const packet = new Uint8Array(1920);
  const taken = Array.from({ length: 200 }, () => speaker.put(0, packet)).filter(Boolean).length;
  expect(taken).toBeLessThan(200);
  expect(taken).toBeGreaterThanOrEqual(Math.floor(65_536 / (1920 + 24)));
  speaker.tenancy.wake();
  await until(() => speaker.say(0, packet));
});

test('a thread that dies takes its tenants with it, gives all memory back, and is replaced', async () => {
  desk = new CopiesDesk();
  const speaker = new Speaker();
  speaker.say(0, numbered(0, 480));
  await until(() => speaker.report !== undefined);
  // What no main thread says: our own invariant is broken.
  const broken = { kind: 'nothing' } as unknown as TenantOrder;
  const nobody = { news: () => {}, lost: () => {}, released: () => {} };
  expect(desk.open(broken, nobody)).not.toBeInstanceOf(WeirError);
  await until(() => speaker.lostWhy !== undefined && speaker.releases === 1);
  expect(speaker.lostWhy?.code).toBe('COPIES_LOST');
  expect(desk.restarts).toBe(1);
  speaker.tenancy.close();
  expect(speaker.releases).toBe(1);

  const next = new Speaker();
  next.say(0, numbered(0, 480));
  await until(() => next.report?.packets === 1);
});

test('a tenant that cannot be made fails alone', async () => {
  desk = new CopiesDesk();
  const speaker = new Speaker();
  const impossible = new Speaker({ codec: 'opus', spec: { format: 'f32', rate: RATE, channels: 7 } });
  await until(() => impossible.heard.length > 0);
  expect(impossible.heard[0]).toMatchObject({ kind: 'failed', code: 'INTERNAL' });
  speaker.say(0, numbered(0, 480));
  await until(() => speaker.report?.packets === 1);
  impossible.tenancy.close();
  await until(() => impossible.releases === 1);
  expect(desk.restarts).toBe(0);
});

test('senders whose every packet leaves a gap of ten seconds hold nobody up', async () => {
  desk = new CopiesDesk();
  const gapFrames = 10 * RATE;
  const hostile = Array.from({ length: 32 }, () => ({ speaker: new Speaker(), frame: 0 }));
  const flood = () => {
    for (const sender of hostile) {
      for (let n = 0; n < 200 && sender.speaker.put(sender.frame, numbered(0, 1)); n++) {
        sender.frame += gapFrames;
      }
      sender.speaker.tenancy.wake();
    }
  };
  // From before they began: what may have gathered there is waited for no longer.
  for (const { speaker } of hostile) speaker.say(0, numbered(0, 1), nowNs() - 2e9);
  const good = new Speaker({ depthFrames: 4800 });
  const beginNs = nowNs();
  good.say(0, numbered(0, 480), beginNs - 200e6);
  const reader = new PlaybackReader(good.ring.memory);
  const samples = new Uint32Array(viewOf(good.ring.memory.samples, 32_768 * 4));

  let longestMs = 0;
  for (let n = 1; n <= 60; n++) {
    flood();
    const sentMs = performance.now();
    good.say(n * 480, numbered(n * 480, 480), beginNs + n * 10e6);
    await until(() => reader.fill() === 480);
    longestMs = Math.max(longestMs, performance.now() - sentMs);
    expect(samples.slice(reader.offset, reader.offset + 480)).toEqual(
      Uint32Array.from({ length: 480 }, (_, i) => n * 480 + i),
    );
    reader.advance(480);
  }
  await until(() => hostile.every(({ speaker }) => (speaker.report?.lostPackets ?? 0) > 100 * gapFrames));
  // A place for each frame of each gap took three seconds a turn.
  expect(longestMs).toBeLessThan(1000);
  expect(good.report).toMatchObject({ lostPackets: 0, latePackets: 0, concealedFrames: 0 });
  expect(desk.restarts).toBe(0);
}, 30_000);

test('what nobody takes is counted', async () => {
  desk = new CopiesDesk();
  const speaker = new Speaker();
  speaker.say(0, numbered(0, 480), nowNs() - 2e9);
  for (let n = 1; n <= 30; n++) speaker.say(n * 480, numbered(n * 480, 480));
  await until(() => speaker.report?.packets === 31);
  const written = new PlaybackReader(speaker.ring.memory).fill();
  expect(written).toBeGreaterThan(0);
  expect(written + (speaker.report?.skippedFrames ?? 0)).toBe(31 * 480);
});
