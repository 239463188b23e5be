import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDeviceSpec } from '../device/device-spec.js';
import { Outputs } from '../engine/outputs.js';
import { KeptMemory } from '../mempool/kept-memory.js';
import { Pool } from '../mempool/pool.js';
import { Quota } from '../mempool/quota.js';
import { WeirError } from '../observe/errors.js';
import { opusAvailable } from './codec/libopus.js';
import { CopiesDesk } from './copies/copies-desk.js';
import type { FeedPacket } from './copies/feed-tenant.js';
import { ENCODERS_MAX, ENCODERS_PER_CLIENT_MAX } from './limits.js';
import { ListenStream } from './listen-path.js';
import type { CopiesOutlet, Stream, StreamNews, StreamOwner, StreamRequest } from './stream.js';
import { Streams } from './streams.js';

const LIMIT_MS = 10_000;

function orThrow<T>(value: T | WeirError): T {
  if (value instanceof WeirError) throw value;
  return value;
}

/** Holds within LIMIT_MS. */
async function holds(what: () => boolean): Promise<void> {
  for (const endMs = performance.now() + LIMIT_MS; !what(); await sleep(5)) {
    if (performance.now() > endMs) throw new Error(`not within ${LIMIT_MS} ms: ${String(what)}`);
  }
}

/** A client that listens. */
class Ear implements StreamOwner, CopiesOutlet {
  readonly copies: CopiesOutlet = this;
  get party(): number {
    return this.client;
  }
  readonly heard: { frame: number; packet: FeedPacket; again: boolean }[] = [];
  readonly told: StreamNews[] = [];
  readonly quota = new Quota(2 ** 24);
  takes = true;
  losesSound = false;

  constructor(readonly client: number) {}

  tell(stream: Stream, news: StreamNews): void {
    this.told.push(news);
    // As a session does.
    if (news.kind === 'closed') streams.close(stream, news.why);
  }

  grant(): void {}
  ended(): void {}
  miss(): void {}

  hear(_stream: Stream, frame: number, packet: FeedPacket, again: boolean): boolean {
    if (this.takes) this.heard.push({ frame, packet, again });
    return this.takes;
  }

  listen(wish: Partial<StreamRequest> = {}): Stream | WeirError {
    const request = { ...REQUEST, ...wish };
    return streams.open(request, this, new Pool(this.quota, { uid: 0, kept }));
  }
}

const REQUEST: StreamRequest = {
  id: '00',
  epoch: 0,
  direction: 'record',
  name: 'ear',
  device: 'desk.monitor',
  spec: { format: 's16', rate: 48_000, channels: 2 },
  latencyUs: 20_000,
  transport: 'copies',
  volume: 1,
  paused: false,
  solo: 0,
  fixed: false,
  mixMinus: false,
  codec: 'pcm',
  opus: { frameUs: 0, bitrate: 0, lowDelay: false },
  live: false,
  purpose: 'music',
  resume: false,
};
const OPUS = { codec: 'opus', spec: { format: 'f32', rate: 48_000, channels: 2 } } as const;

let outputs: Outputs;
let copies: CopiesDesk;
let streams: Streams;
let kept: KeptMemory;
let nextClient = 1;
beforeEach(() => {
  const specs = ['null:desk', 'null:attic'].map((text) => orThrow(parseDeviceSpec(text)));
  outputs = new Outputs(specs, { changed: () => {}, lost: () => {}, usable: () => {} });
  copies = new CopiesDesk();
  streams = new Streams(outputs, copies, () => {});
  kept = new KeptMemory();
});
afterEach(async () => {
  for (const stream of [...streams.all]) streams.close(stream);
  await outputs.close();
  copies.close();
  kept.close();
});

const ear = () => new Ear(nextClient++);

describe('listeners by copies', () => {
  test('who want the same hear the same packets, each made once', async () => {
    const [one, two] = [ear(), ear()];
    orThrow(one.listen());
    await holds(() => one.heard.length > 3);
    orThrow(two.listen());
    expect(streams.feeds.count).toBe(1);
    await holds(() => two.heard.length > 3);
    const [first] = two.heard;
    expect(first?.frame).toBe(0);
    expect(one.heard.some(({ packet }) => packet === first?.packet)).toBe(true);
    expect(streams.feeds.packets).toBe(one.heard.length);
    expect(first?.packet.data).toHaveLength(240 * 4);
    const { hops, latencyFrames } = [...streams.all][0]?.report() ?? {};
    // A packet of 5 ms has waited that long at least; the other bound is only sane.
    expect(hops?.captureUs).toBeGreaterThanOrEqual(4900);
    expect(hops?.captureUs).toBeLessThan(2_000_000);
    expect(latencyFrames).toBe(Math.round(((hops?.captureUs ?? 0) * 48) / 1000));
  });

  test('who want anything else have a feed of their own', () => {
    const wishes: Partial<StreamRequest>[] = [
      {},
      { latencyUs: 0 },
      { latencyUs: 5000 },
      { mixMinus: true },
      { device: 'attic.monitor' },
      { spec: { format: 'f32', rate: 48_000, channels: 2 } },
      { spec: { format: 's16', rate: 44_100, channels: 2 } },
      { spec: { format: 's16', rate: 48_000, channels: 1 } },
    ];
    for (const wish of wishes) {
      const one = ear();
      orThrow(one.listen(wish));
      orThrow(one.listen(wish));
    }
    expect(streams.feeds.count).toBe(wishes.length);
    // Whose own playback is left out is a sound of his own.
    orThrow(ear().listen({ mixMinus: true }));
    expect(streams.feeds.count).toBe(wishes.length + 1);
  });

  test('are charged for the whole ring each; the last one ends the feed, and all is given back', async () => {
    const [one, two] = [ear(), ear()];
    const first = orThrow(one.listen());
    const second = orThrow(two.listen());
    expect(one.quota.usedBytes).toBeGreaterThan(9600 * 4);
    expect(two.quota.usedBytes).toBe(one.quota.usedBytes);
    await holds(() => one.heard.length > 0);
    streams.close(first);
    expect(one.quota.usedBytes).toBe(0);
    expect(streams.feeds.count).toBe(1);
    const heard = two.heard.length;
    await holds(() => two.heard.length > heard);
    streams.close(second);
    expect(streams.feeds.count).toBe(0);
    const desk = orThrow(outputs.find('desk'));
    await holds(() => desk.attachments.size === 0);
  });

  test('one that does not read loses whole packets and is told once it reads again; the others hear all', async () => {
    const [slow, quick] = [ear(), ear()];
    orThrow(slow.listen());
    orThrow(quick.listen());
    await holds(() => slow.heard.length > 0);
    slow.takes = false;
    const from = quick.heard.length;
    await holds(() => quick.heard.length > from + 20);
    slow.takes = true;
    await holds(() => slow.told.some(({ kind }) => kind === 'dropped'));
    const dropped = slow.told.find((news) => news.kind === 'dropped');
    expect(dropped).toMatchObject({ code: 'READER_STALLED' });
    const gap = slow.heard.findIndex(({ frame }, i) => i > 0 && frame !== (slow.heard[i - 1]?.frame ?? 0) + 240);
    expect(slow.heard[gap]?.frame).toBe((slow.heard[gap - 1]?.frame ?? 0) + 240 + (dropped?.frames ?? 0));
    expect(quick.told.filter(({ kind }) => kind === 'dropped')).toEqual([]);
    for (const [i, { frame }] of quick.heard.entries()) expect(frame).toBe(i * 240);
  });

  test('a packet that is missed comes again, to who missed it; where packets cannot get lost, never', async () => {
    const [one, two, three] = [ear(), ear(), ear()];
    const [lossy, , safe] = [one, two, three].map((listener) => orThrow(listener.listen()));
    one.losesSound = two.losesSound = true;
    await holds(() => three.heard.length > 5);
    for (const stream of [lossy, safe]) {
      if (!(stream instanceof ListenStream)) throw new Error('no listener');
      const { frame = 0 } = one.heard.at(-2) ?? {};
      stream.sendAgain({ fromFrame: frame, toFrame: frame + 1, twice: false });
    }
    const again = one.heard.filter((heard) => heard.again);
    expect(again).toEqual([{ ...one.heard.at(-3), again: true }]);
    expect([...two.heard, ...three.heard].some((heard) => heard.again)).toBe(false);
  });

  test('everything comes twice to who needs it so, once as far as it is counted', async () => {
    const one = ear();
    const stream = orThrow(one.listen());
    if (!(stream instanceof ListenStream)) throw new Error('no listener');
    one.losesSound = true;
    await holds(() => one.heard.length > 2);
    stream.sendAgain({ fromFrame: 0, toFrame: 0, twice: true });
    const before = one.heard.length;
    await holds(() => one.heard.length > before + 20);
    const frames = one.heard.slice(before).map(({ frame }) => frame);
    expect(frames.filter((frame, i) => frames.indexOf(frame) < i).length).toBeGreaterThan(5);
    expect(stream.report().droppedFrames).toBe(0);
  });

  test('moving and pausing leave no gap in the positions, and cost nothing where nobody listens', async () => {
    const one = ear();
    const stream = orThrow(one.listen());
    await holds(() => one.heard.length > 2);
    expect(streams.move(stream, 'attic.monitor')).toBeUndefined();
    expect(one.told).toMatchObject([{ kind: 'moved', device: 'attic.monitor' }, { kind: 'timing' }]);
    const heard = one.heard.length;
    await holds(() => one.heard.length > heard + 2);
    stream.setPaused(true);
    expect(streams.feeds.count).toBe(0);
    const paused = one.heard.length;
    await sleep(50);
    expect(one.heard).toHaveLength(paused);
    stream.setPaused(false);
    await holds(() => one.heard.length > paused + 2);
    for (const [i, { frame }] of one.heard.entries()) expect(frame).toBe(i * 240);
  });

  test('the feed that loses its output leaves its listeners waiting for another', async () => {
    const one = ear();
    const stream = orThrow(one.listen());
    await holds(() => one.heard.length > 0);
    const desk = orThrow(outputs.find('desk'));
    for (const attachment of [...desk.attachments]) attachment.events.orphaned();
    expect(one.told).toEqual([{ kind: 'orphaned' }]);
    expect(stream.output).toBeUndefined();
    expect(streams.feeds.count).toBe(0);
    stream.moveTo(orThrow(outputs.find('attic')));
    const heard = one.heard.length;
    await holds(() => one.heard.length > heard);
    expect(one.heard[heard]?.frame).toBe(heard * 240);
  });
});

describe.runIf(opusAvailable)('Opus', () => {
  test('comes in packets that fit the wanted latency, at a bitrate within bounds', async () => {
    const sizes: number[] = [];
    for (const [latencyUs, bitrate] of [
      [5000, 1_000_000],
      [20_000, 0],
      [0, 1],
    ] as const) {
      const one = ear();
      const opened = orThrow(one.listen({ ...OPUS, latencyUs, opus: { frameUs: 0, bitrate, lowDelay: false } }));
      expect(opened.opening.codec).toBe('opus');
      await holds(() => one.heard.length > 3);
      sizes.push(one.heard[0]?.packet.frames ?? 0);
    }
    expect(sizes).toEqual([120, 240, 960]);
  });

  test('is not had more often than one client may, or all of them: then it is PCM', () => {
    const codecs = (of: Ear, count: number, bitrate: number) =>
      Array.from({ length: count }, (_, i) => {
        const opus = { frameUs: 20_000, bitrate: bitrate + i, lowDelay: false };
        return orThrow(of.listen({ ...OPUS, opus })).opening.codec;
      });
    const greedy = codecs(ear(), ENCODERS_PER_CLIENT_MAX + 1, 20_000);
    expect(greedy.filter((codec) => codec === 'opus')).toHaveLength(ENCODERS_PER_CLIENT_MAX);
    expect(greedy.at(-1)).toBe('pcm');
    // What somebody encodes already can be heard by anybody.
    const [guest] = codecs(ear(), 1, 20_000);
    expect(guest).toBe('opus');
    const all = Array.from({ length: ENCODERS_MAX / ENCODERS_PER_CLIENT_MAX }, (_, i) =>
      codecs(ear(), ENCODERS_PER_CLIENT_MAX, 30_000 + 10 * i),
    ).flat();
    expect(all.filter((codec) => codec === 'opus')).toHaveLength(ENCODERS_MAX - ENCODERS_PER_CLIENT_MAX);
  });

  test('that is resumed when no encoder is left ends with the reason', () => {
    const one = ear();
    const opus = (bitrate: number) => ({ ...OPUS, opus: { frameUs: 20_000, bitrate, lowDelay: false } });
    const stream = orThrow(one.listen({ ...opus(99_000), paused: true }));
    for (let i = 0; i < ENCODERS_PER_CLIENT_MAX; i++) orThrow(one.listen(opus(20_000 + i)));
    stream.setPaused(false);
    expect(one.told).toMatchObject([{ kind: 'closed', why: { code: 'TOO_MANY_STREAMS' } }]);
    expect(streams.find(stream.number)).toBeUndefined();
  });
});
