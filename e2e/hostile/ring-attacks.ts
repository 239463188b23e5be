import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { weir } from '#proto';
import { type MappedRing, mapRing } from '../../native-shim/client/mapped-ring.js';
import { CONTROL, PAGE_BYTES } from '../../native-shim/ring-layout.js';
import { viewOf } from '../../native-shim/library.js';
import { addSeals, getSeals, must, send, SysError } from '../../native-shim/sys.js';
import { attacks as segmentAttacks } from '../../server/mempool/libc.fixture.js';
import { PlaybackWriter } from '../../server/mempool/ring.js';
import { controlWords, sampleBytes } from '../../server/mempool/ring-memory.js';
import { COUNTER, counterFrames, FRAME_BYTES } from '../counter.js';
import type { Attack } from './attack.js';
import { shrinkBuffers, shutDown, spoilFlags } from './libc.js';
import type { Meddling } from './meddler.js';
import { RawClient, sleepMs } from './raw-client.js';

/** Beside the bystander, in the same quantum, and silent by its fader: what is heard of it must be nothing. */
const DEVICE = 'hall';
const LATENCY_US = 100_000;
const MEDDLE_MS = 1500;
/** Rounds that would keep more than the server lets a user keep: 2 MiB a ring. */
const KEEP_ROUNDS = 24;
const KEEP_LATENCY_US = 2_000_000;
const LOOP_ROUNDS = 300;

export interface OpenedRing {
  stream: number;
  ring: MappedRing;
  words: Int32Array;
}

export function opening(direction: 'playback' | 'record', changes: weir.v1.OpenStream.$Properties = {}) {
  return {
    id: randomBytes(16),
    direction: direction === 'playback' ? weir.v1.Direction.PLAYBACK : weir.v1.Direction.RECORD,
    name: 'attack',
    device: direction === 'playback' ? DEVICE : `${DEVICE}.monitor`,
    format: weir.v1.SampleFormat.S16,
    rate: COUNTER.rate,
    channels: COUNTER.channels,
    latencyUs: LATENCY_US,
    transport: weir.v1.Transport.RING,
    volume: 0,
    ...changes,
  } satisfies weir.v1.OpenStream.$Properties;
}

/** A ring of the server's, mapped here; or the code of the refusal. */
export function openRing(
  client: RawClient,
  direction: 'playback' | 'record',
  changes: weir.v1.OpenStream.$Properties = {},
): OpenedRing | string {
  const answer = client.request({ openStream: opening(direction, changes) });
  if (answer?.body !== 'streamOpened') return answer?.body === 'failure' ? (answer.failure.code ?? '') : 'ended';
  const ring = mapRing(direction, answer.streamOpened, FRAME_BYTES, client.fds.splice(0, 3));
  return { stream: answer.streamOpened.stream ?? 0, ring, words: controlWords(ring.memory) };
}

function mustOpen(...wish: Parameters<typeof openRing>): OpenedRing {
  const opened = openRing(...wish);
  if (typeof opened === 'string') throw new Error(`no ring: ${opened}`);
  return opened;
}

const WRITES = 4;
const WRITE_FRAMES = 2400;

/** Plays honestly until the engine has heard some of it, and so believes in the stream. */
function playSome({ ring }: OpenedRing): PlaybackWriter {
  const writer = new PlaybackWriter(ring.memory);
  for (let n = 0; n < WRITES; n++) {
    writer.write(counterFrames(1 + n * WRITE_FRAMES, WRITE_FRAMES));
    sleepMs(40);
  }
  for (let waitedMs = 0; writer.fill() > (WRITES - 1) * WRITE_FRAMES && waitedMs < 5000; waitedMs += 10) sleepMs(10);
  return writer;
}

/** Why the server closed the stream: told to its owner. */
function closedBy(client: RawClient, stream: number): string | undefined {
  const told = client.await(
    ({ body, streamEvent }) => body === 'streamEvent' && streamEvent.stream === stream && isClosing(streamEvent),
  );
  return told?.body === 'streamEvent' ? (told.streamEvent.code ?? '') : undefined;
}

const isClosing = ({ kind }: weir.v1.StreamEvent.$Properties): boolean => kind === weir.v1.StreamEvent.Kind.CLOSED;

async function meddle(what: Meddling): Promise<void> {
  await once(new Worker(new URL('./meddler.js', import.meta.url), { workerData: what }), 'exit');
}

/** Moves the counter to where it cannot be, once. */
function wrongCounter(wrong: (written: number, capacityFrames: number) => number): Attack {
  return (socket) => {
    const client = RawClient.greeted(socket);
    const opened = mustOpen(client, 'playback');
    playSome(opened);
    const written = Atomics.load(opened.words, CONTROL.written);
    Atomics.store(opened.words, CONTROL.written, wrong(written, opened.ring.memory.capacityFrames));
    return { closed: closedBy(client, opened.stream), alive: client.alive };
  };
}

/** Every read of the counter finds another number. */
async function racingCounter(socket: string): Promise<unknown> {
  const client = RawClient.greeted(socket);
  const opened = mustOpen(client, 'playback');
  playSome(opened);
  const { control, capacityFrames } = opened.ring.memory;
  const from = Atomics.load(opened.words, CONTROL.written);
  const words = [{ word: CONTROL.written, from, to: from + 3 * capacityFrames }];
  await meddle({ control, words, counting: [], forMs: MEDDLE_MS });
  return { closed: closedBy(client, opened.stream), alive: client.alive };
}

/** Numbers that could each be true, though not one after the other. */
async function racingWithinBounds(socket: string): Promise<unknown> {
  const client = RawClient.greeted(socket);
  const opened = mustOpen(client, 'playback');
  const { control, capacityFrames } = opened.ring.memory;
  const words = [{ word: CONTROL.written, from: capacityFrames >> 1, to: capacityFrames }];
  await meddle({ control, words, counting: [], forMs: MEDDLE_MS });
  return { closed: closedBy(client, opened.stream), alive: client.alive };
}

/** Everything in the page that both sides write is garbage, headers and all; the samples too. */
function garbagePages(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const play = mustOpen(client, 'playback');
  const record = mustOpen(client, 'record');
  const end = performance.now() + MEDDLE_MS;
  while (performance.now() < end) {
    for (const { ring } of [play, record]) {
      new Uint8Array(viewOf(ring.memory.control, PAGE_BYTES)).set(randomBytes(PAGE_BYTES));
    }
    sampleBytes(play.ring.memory).set(randomBytes(4096), 0);
    sleepMs(1);
  }
  return { closed: closedBy(client, play.stream), alive: client.alive };
}

/** Asks for a byte at every quantum and never takes one; fills and spoils the socket meanwhile, then shuts it. */
async function blockedWakeUp(socket: string): Promise<unknown> {
  const client = RawClient.greeted(socket);
  const opened = mustOpen(client, 'playback', { latencyUs: 5000 });
  const fd = opened.ring.wakeFd;
  const flags = spoilFlags(fd);
  shrinkBuffers(fd);
  let sent = 0;
  while (sent < 100_000 && !(send(fd, Uint8Array.of(1)) instanceof SysError)) sent++;
  const words = [{ word: CONTROL.wakeFrames, from: 0x7fffffff, to: 0x7ffffffe }];
  const { control } = opened.ring.memory;
  await meddle({ control, words, counting: [CONTROL.wakeRequest], forMs: MEDDLE_MS });
  shutDown(fd);
  await meddle({ control, words, counting: [CONTROL.wakeRequest], forMs: 300 });
  return { flags, filled: sent > 0 && sent < 100_000, alive: client.alive };
}

/** The server's own memory, as its client has it: neither segment can be resized, the data not even written. */
function segments(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const tried = (direction: 'playback' | 'record') => {
    const answer = client.request({ openStream: opening(direction) });
    if (answer?.body !== 'streamOpened') return undefined;
    const [control = -1, data = -1] = client.fds.splice(0, 3);
    const { controlBytes, dataBytes } = answer.streamOpened;
    const more = addSeals(control, 16);
    return {
      control: segmentAttacks(control, controlBytes ?? 0),
      data: segmentAttacks(data, dataBytes ?? 0),
      moreSeals: more instanceof SysError ? more.errno : 'done',
      sealed: must(getSeals(control)) & 7,
    };
  };
  return { playback: tried('playback'), record: tried('record'), alive: client.alive };
}

/** Closes its streams and keeps their memory, until it gets no more of it; what it recorded is not there any more. */
function keepMappings(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const record = mustOpen(client, 'record');
  sleepMs(500);
  const heard = sampleBytes(record.ring.memory).some((byte) => byte !== 0);
  client.ask({ closeStream: { stream: record.stream } });
  sleepMs(500);
  const silent = sampleBytes(record.ring.memory).every((byte) => byte === 0);
  let refusal = '';
  let kept = 0;
  while (refusal === '' && kept < KEEP_ROUNDS) {
    const opened = openRing(client, 'playback', { latencyUs: KEEP_LATENCY_US });
    if (typeof opened === 'string') {
      refusal = opened;
    } else {
      kept++;
      client.ask({ closeStream: { stream: opened.stream } });
      // Freed once the engine has given it back.
      sleepMs(200);
    }
  }
  const copies = client.ask({ openStream: opening('playback', { transport: weir.v1.Transport.COPIES }) });
  return { heard, silent, kept: kept < KEEP_ROUNDS, refusal, copies, alive: client.alive };
}

/** Opens and closes as fast as it can. */
function loop(socket: string): unknown {
  const client = RawClient.greeted(socket);
  let opened = 0;
  for (let round = 0; round < LOOP_ROUNDS; round++) {
    const one = openRing(client, round % 2 === 0 ? 'playback' : 'record', { latencyUs: 2000 + 1000 * (round % 50) });
    if (typeof one === 'string') return one;
    opened++;
    client.ask({ closeStream: { stream: one.stream } });
    one.ring.unmap();
  }
  return { opened, alive: client.alive };
}

export const ringAttacks = {
  'a counter that goes back': wrongCounter((written) => written - 9000),
  'a counter beyond the capacity': wrongCounter((written, capacityFrames) => written + 2 * capacityFrames),
  'a counter half the world away': wrongCounter((written) => written ^ 0x80000000),
  'a racing counter': racingCounter,
  'a racing counter within bounds': racingWithinBounds,
  'pages of garbage': garbagePages,
  'a blocked wake-up socket': blockedWakeUp,
  'the server’s segments': segments,
  'kept mappings': keepMappings,
  'open and close': loop,
} satisfies Record<string, Attack>;
