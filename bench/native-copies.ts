import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../e2e/server.js';
import type { BenchContext } from './context.js';
import { type Clients, pacatClients, weirClients } from './clients.js';
import type { Figure } from './figure.js';
import { startPulseAudio } from './peers.js';

const CASE = 'native-copies';
/** Two loads, so that what the output itself costs is told apart from what each stream costs. A lone stream is a case of its own. */
const FEW = 2;
const MANY = 18;
const LATENCY_MS = 20;
const RATE = 48_000;
const STREAM_BYTES_A_SECOND = RATE * 4;
const SETTLE_MS = 2000;
/** A copy of the sound would be 1. Beside it, processes move words of their own: V8's collector alone shows as about 0.1. */
const LESS_THAN_A_COPY = 0.5;

/** Bytes a second: moved by memcpy and memmove, and through sockets and files. */
interface Copied {
  readonly memory: number;
  readonly calls: number;
}

/** The sides of one server, each counting into a file of its own. */
class Counting {
  readonly #file: string;
  readonly #library: string;

  constructor(folder: string, name: string, library: string) {
    this.#file = join(folder, name);
    this.#library = library;
  }

  get env(): Record<string, string> {
    return { LD_PRELOAD: this.#library, COUNT_COPIES: this.#file };
  }

  async perSecond(during: Promise<unknown>): Promise<Copied> {
    const before = this.#counts();
    const startMs = performance.now();
    await during;
    const after = this.#counts();
    const seconds = (performance.now() - startMs) / 1000;
    return { memory: (after.memory - before.memory) / seconds, calls: (after.calls - before.calls) / seconds };
  }

  #counts(): Copied {
    const bytes = readFileSync(this.#file);
    return { memory: Number(bytes.readBigUInt64LE(0)), calls: Number(bytes.readBigUInt64LE(8)) };
  }
}

interface Counted {
  readonly server: Copied;
  readonly clients: Copied;
}

async function countLoad(start: () => Promise<Clients>, server: Counting, clients: Counting, seconds: number) {
  await using _playing = await start();
  await sleep(SETTLE_MS);
  const passed = sleep(seconds * 1000);
  const [ofServer, ofClients] = await Promise.all([server.perSecond(passed), clients.perSecond(passed)]);
  return { server: ofServer, clients: ofClients };
}

/** What each stream more copies, in bytes for each byte that it plays; and what the server copies for the output itself. */
function perByte(few: Counted, many: Counted, who: keyof Counted, how: keyof Copied): number {
  return (many[who][how] - few[who][how]) / ((MANY - FEW) * STREAM_BYTES_A_SECOND);
}

/**
 * Bytes copied for each byte played, counted in the running server and its clients (bench/c/count-copies.c). A client of
 * the C library makes its samples in the ring itself; the mixer reads them there, and its first product is the sum.
 */
export async function nativeCopies({ programs, seconds, say }: BenchContext): Promise<Figure[]> {
  const counting = (name: string) => new Counting(programs.folder, name, programs.path['count-copies']);
  const options = (count: number) => ({ count, latencyMs: LATENCY_MS, rate: RATE });

  say(`${CASE}: Weir`);
  const sides = { server: counting('weir-server'), clients: counting('weir-clients') };
  await using server = await startServer({ devices: ['null'], env: sides.server.env });
  const playWeir = (count: number) =>
    countLoad(
      () => weirClients(programs.path['weir-load'], server.socket, options(count), sides.clients.env),
      sides.server,
      sides.clients,
      seconds,
    );
  const weir = { few: await playWeir(FEW), many: await playWeir(MANY) };

  say(`${CASE}: PulseAudio`);
  const peerSides = { server: counting('pulse-server'), clients: counting('pulse-clients') };
  await using pulse = await startPulseAudio(peerSides.server.env);
  const playPeer = (peer: NonNullable<typeof pulse>, count: number) =>
    countLoad(
      () => pacatClients(peer, options(count), peerSides.clients.env),
      peerSides.server,
      peerSides.clients,
      seconds,
    );
  const peer = pulse && { few: await playPeer(pulse, FEW), many: await playPeer(pulse, MANY) };

  const perStream = (['server', 'clients'] as const).flatMap((who) =>
    (['memory', 'calls'] as const).map((how): Figure => {
      const value = perByte(weir.few, weir.many, who, how);
      return {
        case: CASE,
        figure: `${who}, ${how === 'memory' ? 'in memory' : 'through sockets and files'}`,
        value,
        unit: 'bytes a byte played',
        target: '0 (a copy would be 1)',
        ok: value < LESS_THAN_A_COPY,
        ...(peer && { peer: 'PulseAudio', peerValue: perByte(peer.few, peer.many, who, how) }),
      };
    }),
  );
  const output: Figure = {
    case: CASE,
    figure: 'server, in memory, for the mix itself (limiter)',
    value: weir.few.server.memory / STREAM_BYTES_A_SECOND,
    unit: 'bytes a byte of the output',
    ok: true,
    ...(peer && { peer: 'PulseAudio', peerValue: peer.few.server.memory / STREAM_BYTES_A_SECOND }),
  };
  return [...perStream, output];
}
