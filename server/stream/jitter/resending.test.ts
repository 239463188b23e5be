import { describe, expect, test } from 'vitest';
import { ArrivalDelays, type JitterPurpose } from './arrival-delays.js';
import { type MissingFrames, MissingPackets } from './missing-packets.js';
import { SenderLine } from './sender-line.js';
import { SentPackets, TWICE_AFTER_MS } from './sent-packets.js';

const RATE = 48_000;

interface Weather {
  readonly delayMs: number;
  /** Evenly spread on top of it; a queue, that keeps its order. */
  readonly jitterMs: number;
  readonly loss: number;
}

interface Case extends Weather {
  readonly seed: number;
  readonly packetMs: number;
  readonly seconds: number;
  readonly purpose?: JitterPurpose;
  readonly asks?: boolean;
}

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Things that happen, in their order. */
class Agenda {
  nowMs = 0;
  readonly #entries: { atMs: number; run: () => void }[] = [];

  at(atMs: number, run: () => void): void {
    const after = this.#entries.findLastIndex((entry) => entry.atMs <= atMs);
    this.#entries.splice(after + 1, 0, { atMs, run });
  }

  run(): void {
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) {
      this.nowMs = entry.atMs;
      entry.run();
    }
  }
}

/** One sender and one receiver with a network between them, for so long. */
function talk({ seed, packetMs, seconds, purpose = 'music', asks = true, ...weather }: Case) {
  const next = random(seed);
  const agenda = new Agenda();
  const way = () => {
    let lastMs = 0;
    return (arrive: () => void) => {
      if (next() < weather.loss) return;
      lastMs = Math.max(lastMs, agenda.nowMs + weather.delayMs + next() * weather.jitterMs);
      agenda.at(lastMs, arrive);
    };
  };
  const [down, up] = [way(), way()];
  const packetFrames = (packetMs * RATE) / 1000;
  const sent = new SentPackets<number>();
  const missing = new MissingPackets(RATE);
  const line = new SenderLine(RATE);
  const delays = new ArrivalDelays(purpose);
  const came = new Set<number>();
  const heard = new Set<number>();
  let sends = 0;

  const arrive = (packet: number, again: boolean) => {
    if (came.has(packet)) return;
    came.add(packet);
    const end = (packet + 1) * packetFrames;
    const delayMs = line.note(end, agenda.nowMs * 1e6);
    const inTime = delayMs <= delays.targetMs;
    if (inTime) heard.add(packet);
    delays.note(delayMs, agenda.nowMs, again);
    const awaitedNext = delays.awaitsAgain(delayMs);
    const one = { frame: end - packetFrames, frames: packetFrames, again, inTime, awaitedNext };
    const wanted = missing.note(one, agenda.nowMs);
    for (const ask of asks ? wanted : []) up(() => answer(ask));
  };
  const send = (packet: number, again: boolean) => {
    sends++;
    down(() => arrive(packet, again));
  };
  const answer = (ask: MissingFrames) => {
    for (const { packet } of sent.again(ask, agenda.nowMs)) send(packet, true);
  };
  const packets = (seconds * 1000) / packetMs;
  const make = (packet: number) => {
    if (packet + 1 < packets) agenda.at(agenda.nowMs + packetMs, () => make(packet + 1));
    sent.keep(packet * packetFrames, packet, agenda.nowMs);
    send(packet, false);
    if (sent.isTwice(agenda.nowMs)) agenda.at(agenda.nowMs + TWICE_AFTER_MS, () => send(packet, false));
  };
  agenda.at(packetMs, () => make(0));
  agenda.run();
  return { concealed: 1 - heard.size / packets, sends: sends / packets, targetMs: delays.targetMs, missing };
}

/** As netem's "delay 25ms 20ms" with 1 % loss. */
const BAD_WIFI = { delayMs: 5, jitterMs: 40, loss: 0.01, packetMs: 20, seconds: 400 };
/** An access point in the same room, that loses as much. */
const NEAR = { ...BAD_WIFI, delayMs: 1, jitterMs: 4, packetMs: 10 };

const seeds = [1, 2, 3, 4];

describe('packets that a network loses', () => {
  test.each(seeds)('are asked for where the answer comes in time (seed %i)', (seed) => {
    const { concealed, sends, targetMs, missing } = talk({ ...NEAR, seed });
    expect(talk({ ...NEAR, seed, asks: false }).concealed).toBeGreaterThan(0.008);
    expect(concealed).toBeLessThan(0.001);
    expect(missing.recovered).toBeGreaterThan(20);
    expect(sends).toBeLessThan(1.6);
    expect(targetMs).toBeLessThan(60);
  });

  test.each(seeds)('go twice from the start where it would come too late, and cost no delay (seed %i)', (seed) => {
    const alone = talk({ ...BAD_WIFI, seed, asks: false });
    const { concealed, sends, targetMs } = talk({ ...BAD_WIFI, seed });
    expect(alone.concealed).toBeGreaterThan(0.008);
    // Of those that come, one in a hundred and twenty may be later than the target.
    expect(concealed).toBeLessThan(0.005);
    expect(sends).toBeLessThan(2.1);
    expect(targetMs).toBeLessThan(alone.targetMs + 15);
  });

  test.each(seeds)('make talk wait no longer than its jitter asks for (seed %i)', (seed) => {
    const alone = talk({ ...BAD_WIFI, seed, purpose: 'talk', asks: false });
    const { concealed, targetMs } = talk({ ...BAD_WIFI, seed, purpose: 'talk' });
    expect(concealed).toBeLessThan(alone.concealed / 2);
    expect(targetMs).toBeLessThan(alone.targetMs + 10);
  });

  test('are none on a clean network: nothing goes twice', () => {
    const { concealed, sends } = talk({ ...BAD_WIFI, seed: 1, loss: 0, jitterMs: 20 });
    expect(sends).toBe(1);
    expect(concealed).toBeLessThan(0.001);
  });
});

describe('a receiver that misses packets', () => {
  const packet = (n: number, again = false, inTime = true) => ({ frame: n * 480, frames: 480, again, inTime });

  test('asks for exactly what is missing, once, and again when the answer should have come', () => {
    const missing = new MissingPackets(RATE);
    expect(missing.note(packet(0), 0)).toEqual([]);
    expect(missing.note(packet(3), 30)).toEqual([{ fromFrame: 480, toFrame: 1440, twice: false }]);
    expect(missing.note(packet(4), 40)).toEqual([]);
    expect(missing.note(packet(1, true), 50)).toEqual([]);
    expect(missing.recovered).toBe(1);
    expect(missing.has(packet(1))).toBe(true);
    expect(missing.has(packet(2))).toBe(false);
    expect(missing.note(packet(9), 90).at(0)).toEqual({ fromFrame: 960, toFrame: 1440, twice: false });
  });

  test('wants everything twice when answers come too late', () => {
    const missing = new MissingPackets(RATE);
    missing.note(packet(0), 0);
    missing.note(packet(2), 20);
    missing.note(packet(1, true, false), 100);
    expect(missing.note(packet(4), 110)).toEqual([{ fromFrame: 1440, toFrame: 1920, twice: false }]);
    missing.note(packet(3, true, false), 200);
    expect(missing.note(packet(6), 210)).toEqual([{ fromFrame: 2400, toFrame: 2880, twice: true }]);
  });

  test('asks for a part only of what a hostile sender leaves out, and for nothing of an outage', () => {
    const missing = new MissingPackets(RATE);
    let asks = 0;
    for (let n = 0; n < 4000; n += 2) asks += missing.note(packet(n), n * 10).length;
    expect(asks).toBeLessThan(2000 * 0.25 + 20);
    expect(missing.note(packet(9000), 90_000)).toEqual([]);
  });
});

describe('a sender that is asked', () => {
  const all = { fromFrame: 0, toFrame: Number.MAX_SAFE_INTEGER, twice: true };

  function sender(packets: number): SentPackets<number> {
    const sent = new SentPackets<number>();
    for (let n = 0; n < packets; n++) sent.keep(n * 480, n, n * 10);
    return sent;
  }

  test('sends what begins in those frames', () => {
    const wanted = sender(10).again({ fromFrame: 480, toFrame: 1440, twice: false }, 100);
    expect(wanted.map(({ packet }) => packet)).toEqual([1, 2]);
  });

  test('sends no packet a fourth time, and nothing old, however often it is asked', () => {
    const sent = sender(100);
    let sends = 0;
    for (let ms = 1000; ms < 2000; ms++) sends += sent.again(all, ms).length;
    expect(sends).toBeLessThanOrEqual(2 * 41);
    expect(sends).toBeGreaterThan(0);
  });

  test('doubles nothing on a network where much is missed, and stops by itself', () => {
    const sent = sender(10);
    sent.again({ ...all, fromFrame: 4320 }, 100);
    expect(sent.isTwice(101)).toBe(true);
    expect(sent.isTwice(1_000_000)).toBe(false);
    const crowded = sender(40);
    crowded.again(all, 400);
    expect(crowded.isTwice(401)).toBe(false);
  });
});
