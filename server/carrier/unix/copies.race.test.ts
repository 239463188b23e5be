import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { weir } from '#proto';
import type { Quota } from '../../mempool/quota.js';
import { OpusEncoder, opusAvailable } from '../../stream/codec/libopus.js';
import type { TenantOrder } from '../../stream/copies/messages.js';
import { openWish, TestHouse } from './house.fixture.js';

const { Codec, Direction, Purpose } = weir.v1;
const GUESTS = 6;
const ACTS = 500;
/** The copies thread dies once in so many acts. */
const ACTS_A_LIFE = 20;
const STREAMS_EACH = 6;
const LATENCY_US = 2_000_000;
const SLACK_DESCRIPTORS = 8;

let house: TestHouse;
afterEach(() => house.close());

const silence = new Uint8Array(480 * 4);
const opus = OpusEncoder.open({ channels: 2, bitrate: 64_000, lowDelay: false })
  ?.encode(new Float32Array(960), 480)
  ?.slice();

interface Held {
  readonly wish: weir.v1.IOpenStream;
  readonly number: number;
  frame: number;
}

/** Somebody who plays and listens by copies, and comes and goes as chance will have it. */
class Guest {
  #client = house.connect();
  #held: Held[] = [];
  #met = false;

  readonly acts: Record<string, (pick: number, other: Guest) => Promise<void> | void> = {
    speak: () => this.#open({ live: true, purpose: Purpose.TALK }),
    'speak Opus': () => this.#open({ live: true, codec: Codec.OPUS }),
    play: () => this.#open({ latencyUs: LATENCY_US }),
    'play Opus': () => this.#open({ latencyUs: LATENCY_US, codec: Codec.OPUS }),
    listen: () => this.#open({ direction: Direction.RECORD, latencyUs: LATENCY_US }),
    'listen to the loft': () =>
      this.#open({ direction: Direction.RECORD, device: 'loft.monitor', latencyUs: LATENCY_US, mixMinus: true }),
    'listen in Opus': () => this.#open({ direction: Direction.RECORD, codec: Codec.OPUS, latencyUs: LATENCY_US }),
    pause: async (pick) => {
      await this.#ask(pick, (stream) => ({ pauseStream: { stream, paused: pick % 2 === 0 } }));
    },
    move: async (pick) => {
      const device = pick % 2 === 0 ? 'desk' : 'loft';
      await this.#ask(pick, (stream) => ({ moveStream: { stream, device } }));
    },
    close: async (pick) => {
      await this.#ask(pick, (stream) => ({ closeStream: { stream } }));
    },
    'take over': async (pick, other) => {
      const found = other.#held[pick % other.#held.length];
      if (found && other !== this)
        await this.#open({ ...found.wish, epoch: (found.wish.epoch ?? 0) + 1, resume: true });
    },
    leave: () => {
      this.leave();
      this.#client = house.connect();
    },
  };

  leave(): void {
    this.#client.close();
    this.#held = [];
    this.#met = false;
  }

  /** Goes on with all that it plays; what has ended meanwhile takes no sound. */
  say(): void {
    for (const held of this.#held) {
      const data = held.wish.codec === Codec.OPUS ? opus : silence;
      if (held.wish.direction === Direction.PLAYBACK && data)
        this.#client.tell({ audio: { stream: held.number, frame: held.frame, data } });
      held.frame += 480;
    }
  }

  async #open(wish: weir.v1.IOpenStream): Promise<void> {
    if (!this.#met) await this.#client.ask({ hello: { major: 1, minor: 0, name: 'guest', sharedMemory: true } });
    this.#met = true;
    if (this.#held.length === STREAMS_EACH) return;
    const { openStream } = openWish({ id: randomBytes(16), device: '', ...wish });
    const { streamOpened } = await this.#client.ask({ openStream });
    if (!streamOpened) return;
    this.#held.push({ wish: openStream, number: streamOpened.stream ?? 0, frame: streamOpened.nextFrame ?? 0 });
  }

  async #ask(pick: number, request: (stream: number) => weir.v1.ClientMessage.$Properties): Promise<void> {
    const at = pick % this.#held.length;
    const held = this.#held[at];
    if (!held) return;
    const { failure } = await this.#client.ask(request(held.number));
    // It may have ended with its thread, or go on with another.
    if (failure || request(held.number).closeStream) this.#held.splice(at, 1);
  }
}

/** What no main thread says: our own invariant is broken, in the middle of a turn. */
function killCopies(): void {
  house.house.copies.open({ kind: 'nothing' } as unknown as TenantOrder, {
    news: () => {},
    lost: () => {},
    released: () => {},
  });
}

async function holds(what: string, is: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; !is(); await sleep(20)) {
    if (performance.now() > endMs) throw new Error(`not in time: ${what}`);
  }
}

const quotas = new Set<Quota>();

/** Chance decides who does what; in the end everybody leaves. How many descriptors the process has then. */
async function revel(acts: number, seed: number): Promise<number> {
  const guests = Array.from({ length: GUESTS }, () => new Guest());
  const names = Object.keys(guests[0]?.acts ?? {});
  const chance = fc.record({
    who: fc.nat(GUESTS - 1),
    other: fc.nat(GUESTS - 1),
    pick: fc.nat(),
    act: fc.constantFrom(...names),
  });
  for (const [i, { who, other, pick, act }] of fc.sample(chance, { numRuns: acts, seed }).entries()) {
    const [guest, second] = [guests[who], guests[other]];
    if (guest && second) await guest.acts[act]?.(pick, second);
    for (const one of guests) one.say();
    for (const { quota } of house.house.reception.all) quotas.add(quota);
    if (i % ACTS_A_LIFE === 0) killCopies();
    await sleep(pick % 10);
  }
  for (const guest of guests) guest.leave();
  return atRest();
}

async function atRest(): Promise<number> {
  const { outputs, reception, streams } = house.house;
  await holds('all have left', () => [...reception.all].length === 0 && [...streams.all].length === 0);
  await holds('no feed is left', () => streams.feeds.count === 0);
  await holds('the engine has let go', () => [...outputs.all].every(({ attachments }) => attachments.size === 0));
  await holds('all memory is given back', () => [...quotas].every(({ usedBytes }) => usedBytes === 0));
  await holds('devices are closed', () => [...outputs.all].every(({ running }) => !running));
  return readdirSync('/proc/self/fd').length;
}

test.skipIf(!opusAvailable)(
  'streams that come, move, change hands and go while their thread dies again and again leave nothing',
  { timeout: 120_000 },
  async () => {
    house = new TestHouse(['null:desk', 'null:loft'], { poolBytes: 2 ** 30 });
    const before = await revel(60, 1);
    const { restarts } = house.house.copies;
    const after = await revel(ACTS, 2);
    expect(house.house.copies.restarts - restarts).toBeGreaterThan(ACTS / ACTS_A_LIFE / 2);
    expect([...house.house.outputs.all].map((output) => [output.restarts, output.unendedThreads])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(after).toBeLessThan(before + SLACK_DESCRIPTORS);
  },
);
