import { describe, expect, test } from 'vitest';
import { PacketOrder, type Step } from './packet-order.js';

const RATE = 48_000;
const PACKET_FRAMES = 480;
const PACKET_MS = 10;
const MS_FRAMES = 48;
/** After the last packet more are waited for. */
const BRIDGE_FRAMES = 100 * MS_FRAMES;
const NO_DATA = new Uint8Array();

interface Network {
  readonly seed: number;
  readonly packets: number;
  /** Exponential, on top of the fastest way. */
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly duplicates?: number;
  /** [from, to): nothing passes; what is sent meanwhile is lost, or comes at once when it ends (`backlog`). */
  readonly outageMs?: readonly [number, number];
  readonly backlog?: boolean;
  readonly targetMs?: number;
}

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** When each packet arrives, by packet: ms, sorted by arrival. The first and the last ones always do. */
function arrivalsOf({ seed, packets, jitterMs = 0, loss = 0, duplicates = 0, outageMs, backlog }: Network) {
  const next = random(seed);
  const arrivals: { packet: number; atMs: number }[] = [];
  for (let packet = 0; packet < packets; packet++) {
    const sentMs = (packet + 1) * PACKET_MS;
    const edge = packet === 0 || packet > packets - 3;
    const out = outageMs !== undefined && sentMs >= outageMs[0] && sentMs < outageMs[1];
    const lost = !edge && (next() < loss || (out && !backlog));
    const delayMs = -jitterMs * Math.log(1 - next());
    if (!lost) arrivals.push({ packet, atMs: Math.max(sentMs + delayMs, out ? outageMs[1] : 0) });
    if (!lost && next() < duplicates) arrivals.push({ packet, atMs: sentMs + delayMs + 25 * next() });
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}

/** Plays a network's packets to a reader that takes 1 ms each ms once the target is filled, as the engine does. */
function play(network: Network) {
  const order = new PacketOrder(RATE);
  const arrivals = arrivalsOf(network);
  const targetMs = network.targetMs ?? 60;
  const heard: number[] = [];
  const startsMs: number[] = [];
  let [made, written, read, playing] = [0, 0, 0, false];
  const carryOut = (step: Step | undefined) => {
    if (step?.kind === 'play') {
      heard.push(step.packet.frame / PACKET_FRAMES);
      written += step.packet.frames;
    } else if (step) {
      made += step.frames;
      written += step.frames;
    }
    return step !== undefined;
  };
  const endMs = (arrivals.at(-1)?.atMs ?? 0) + 500;
  for (let nowMs = 0, next = 0; nowMs < endMs; nowMs++) {
    for (; (arrivals[next]?.atMs ?? Infinity) <= nowMs; next++) {
      const packet = arrivals[next]?.packet ?? 0;
      if (!playing && written === read) order.fallSilent();
      const behindMs = nowMs - (packet + 1) * PACKET_MS;
      const one = { frame: packet * PACKET_FRAMES, frames: PACKET_FRAMES, data: NO_DATA };
      order.arrive(one, nowMs * 1e6, behindMs * 1e6, (targetMs + 40) * 1e6);
      while (carryOut(order.step(false)));
    }
    if (!playing && written - read >= (targetMs - PACKET_MS) * MS_FRAMES) {
      playing = true;
      startsMs.push(nowMs);
    }
    const stuck = !playing && order.waitingFrames > targetMs * MS_FRAMES;
    while ((stuck || (playing && written - read < 5 * MS_FRAMES)) && carryOut(order.step(true)));
    if (playing) {
      playing = written - read >= MS_FRAMES;
      read = Math.min(read + MS_FRAMES, written);
    }
  }
  return { order, heard, startsMs, madeFrames: made, counts: order.counts };
}

describe('packets in order', () => {
  test('a clean network loses, doubles and swaps nothing, and nothing is made up', () => {
    const { heard, counts, startsMs } = play({ seed: 1, packets: 500 });
    expect(heard).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(counts).toEqual({
      packets: 500,
      played: 500,
      late: 0,
      lost: 0,
      duplicates: 0,
      skipped: 0,
      skippedFrames: 0,
    });
    expect(startsMs).toHaveLength(1);
  });

  const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
  test.each(seeds)(
    'whatever a network does (seed %i), each packet is accounted for, and sound goes forward',
    (seed) => {
      const next = random(seed * 7919);
      const outageMs = next() < 0.4 ? ([1000, 1000 + 3000 * next()] as const) : undefined;
      const { heard, counts } = play({
        seed,
        packets: 800,
        jitterMs: 40 * next(),
        loss: 0.15 * next(),
        duplicates: 0.3 * next(),
        backlog: next() < 0.5,
        ...(outageMs && { outageMs }),
      });
      expect(counts.played + counts.late + counts.lost + counts.skipped).toBe(800);
      expect(counts.packets).toBe(counts.played + counts.late + counts.skipped + counts.duplicates);
      expect(counts.skippedFrames).toBe(counts.skipped * PACKET_FRAMES);
      expect(heard).toHaveLength(counts.played);
      expect(heard.every((packet, i) => i === 0 || packet > (heard[i - 1] ?? 0))).toBe(true);
    },
  );

  test('reordering and duplicates within the buffer cost nothing', () => {
    const { heard, counts, madeFrames } = play({ seed: 3, packets: 500, jitterMs: 8, duplicates: 0.5, targetMs: 150 });
    expect(heard).toHaveLength(500);
    expect(counts.lost + counts.late + counts.skipped).toBe(0);
    expect(counts.duplicates).toBeGreaterThan(100);
    expect(madeFrames).toBe(BRIDGE_FRAMES);
  });

  test('a lost packet is made up for, by as many frames as it had', () => {
    const { counts, madeFrames, startsMs } = play({ seed: 4, packets: 1000, loss: 0.02 });
    expect(counts.lost).toBeGreaterThan(5);
    expect(madeFrames).toBe(counts.lost * PACKET_FRAMES + BRIDGE_FRAMES);
    expect(startsMs).toHaveLength(1);
  });

  test('of packets that come late, those are left out that would be heard later than they shall be', () => {
    const order = new PacketOrder(RATE);
    const come = (n: number) =>
      order.arrive({ frame: n * PACKET_FRAMES, frames: PACKET_FRAMES, data: NO_DATA }, n * PACKET_MS * 1e6, 0, 1e9);
    come(0);
    expect(order.step(false)).toMatchObject({ kind: 'play' });
    for (let i = 0; i < 3; i++) expect(order.step(true)).toEqual({ kind: 'bridge', frames: PACKET_FRAMES });
    for (const n of [1, 2, 3, 4]) come(n);
    // 25 ms too late: two packets of 10 ms are left out, the third is heard.
    expect(order.step(false, 25 * MS_FRAMES)).toMatchObject({ kind: 'play', packet: { frame: 3 * PACKET_FRAMES } });
    expect(order.bridgedFrames).toBe(0);
    expect(order.step(false)).toMatchObject({ kind: 'play', packet: { frame: 4 * PACKET_FRAMES } });
    expect(order.counts).toMatchObject({ packets: 5, played: 3, late: 2, lost: 0 });
  });

  test('packets that come late all at once are all heard, later', () => {
    const { heard, startsMs } = play({ seed: 5, packets: 300, outageMs: [1000, 1110], backlog: true });
    expect(heard).toHaveLength(300);
    expect(startsMs).toHaveLength(1);
  });

  test.each([
    ['lost', false],
    ['a backlog', true],
  ])('after an outage of 2 s whose packets are %s it goes on at the live edge within 300 ms', (_, backlog) => {
    const { startsMs, heard, counts } = play({ seed: 6, packets: 600, outageMs: [1000, 3000], backlog });
    expect(startsMs).toHaveLength(2);
    expect(startsMs[1]).toBeLessThanOrEqual(3300);
    expect(startsMs[1]).toBeGreaterThanOrEqual(3000);
    const firstAfter = heard.find((packet) => packet > 110) ?? 0;
    expect(firstAfter * PACKET_MS).toBeGreaterThan(2850);
    expect(backlog ? counts.skipped : counts.lost).toBeGreaterThan(150);
  });
});

describe('a sender whose positions jump', () => {
  const at = (order: PacketOrder, frame: number, nowMs = 0) =>
    order.arrive({ frame, frames: PACKET_FRAMES, data: NO_DATA }, nowMs * 1e6, 0, 1e9);

  test('one stray packet is no more than that; two in a row are a new beginning', () => {
    const order = new PacketOrder(RATE);
    expect(at(order, 0)).toBe('taken');
    expect(at(order, 2 ** 52)).toBe('stray');
    expect(at(order, 480)).toBe('taken');
    expect(order.step(false)?.kind).toBe('play');
    expect(order.step(false)?.kind).toBe('play');
    expect(at(order, 2 ** 40)).toBe('stray');
    expect(at(order, 2 ** 40 + 480)).toBe('moved');
    expect(order.step(false)).toMatchObject({ kind: 'play', packet: { frame: 2 ** 40 + 480 } });
    expect(order.counts).toMatchObject({ played: 3, skipped: 2, lost: 0 });
  });

  test('one that begins anew from 0 is followed', () => {
    const order = new PacketOrder(RATE);
    at(order, 48_000 * 3600);
    order.step(false);
    expect([at(order, 0), at(order, 480)]).toEqual(['stray', 'moved']);
    expect(order.step(false)?.kind).toBe('play');
  });

  test('more packets than can wait are dropped, and the gap before them given up', () => {
    const order = new PacketOrder(RATE);
    at(order, 0);
    order.step(false);
    const verdicts = Array.from({ length: 600 }, (_, i) => at(order, 1000 + i));
    expect(verdicts.filter((verdict) => verdict === 'excess')).toHaveLength(600 - 512);
    expect(order.step(false)?.kind).toBe('lost');
  });

  test('what is made up for packets of one frame is made for many at once', () => {
    const order = new PacketOrder(RATE);
    const one = (frame: number) => order.arrive({ frame, frames: 1, data: NO_DATA }, 0, 0, 1e9);
    one(0);
    order.step(false);
    one(1000);
    const made: number[] = [];
    for (let step = order.step(true); step?.kind === 'lost'; step = order.step(true)) made.push(step.frames);
    expect(made.reduce((sum, frames) => sum + frames, 0)).toBe(999);
    expect(made.length).toBeLessThanOrEqual(Math.ceil(999 / (2 * MS_FRAMES)));
  });

  test('a reader that takes nothing more costs what waits, and the next packet goes on', () => {
    const order = new PacketOrder(RATE);
    at(order, 0);
    at(order, 960);
    expect(order.step(false)?.kind).toBe('play');
    order.drop({ frame: 0, frames: PACKET_FRAMES, data: NO_DATA });
    expect(order.counts).toMatchObject({ played: 0, skipped: 2, skippedFrames: 2 * PACKET_FRAMES });
    at(order, 1440);
    expect(order.step(false)).toMatchObject({ kind: 'play', packet: { frame: 1440 } });
  });
});
