import { openSync, unlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { addSeals, eventfd, map, memfd, must, SEAL } from '../../../native-shim/sys.js';
import { POOLS_MAX } from '../../../server/carrier/pulse/memory/limits.js';
import { FLAG } from '../../../server/carrier/pulse/wire/framing/descriptor.js';
import { canMountFuse, withStuckFile } from '../../../server/mempool/fuse.fixture.js';
import {
  attacks as memoryAttacks,
  duplicate,
  hugePagesMemfd,
  pipe,
  truncate,
} from '../../../server/mempool/libc.fixture.js';
import type { Attack } from '../../hostile/attack.js';
import { BY_MEMFD, type Described, frame, packet, referenceFrame, type Reference } from '../frames.js';
import { playing } from '../opening.js';
import { RawPulse } from '../raw-pulse.js';

const POOL = 7;
/** As libpulse makes it. */
const POOL_BYTES = 64 * 1024 * 1024;
const SMALL_BYTES = 8192;
const HUGE_BYTES = 2 * 1024 * 1024;
const MOST = 0xffff_ffff;
const SCRIBBLE_MS = 1500;
const FD_PACKETS = 1000;
/** As open(2) has it; Node has no name for it. */
const O_PATH = 0o10_000_000;
/** More than the server lets hang in sealing. */
const LOCKED_POOLS = 8;

function memory(sizeBytes = SMALL_BYTES, seals = 0): number {
  const fd = must(memfd('pulseaudio', sizeBytes));
  if (seals !== 0) must(addSeals(fd, seals));
  return fd;
}

/** Whether the server takes this in as a pool: it says nothing to a registration, or ends the connection. */
function registers(client: RawPulse, fds: readonly number[], pool = POOL): 'taken' | 'ended' {
  client.tell('REGISTER_MEMFD_SHMID', { pool }, fds);
  return client.alive ? 'taken' : 'ended';
}

const registering =
  (open: () => number): Attack =>
  (socket) =>
    registers(RawPulse.greeted(socket), [open()]);

function unlinkedFile(folder: string): number {
  const path = `${folder}/weir-hostile-${process.pid}`;
  const fd = openSync(path, 'wx+');
  unlinkSync(path);
  truncate(fd, SMALL_BYTES);
  return fd;
}

/** A client with a pool and a stream: what it needs to refer to blocks. */
function withPool(socket: string, fd = memory()): { client: RawPulse; channel: number } {
  const client = RawPulse.greeted(socket);
  if (registers(client, [fd]) !== 'taken') throw new Error('the pool was not taken');
  const { channel } = client.must('CREATE_PLAYBACK_STREAM', playing());
  return { client, channel };
}

/** What comes of one frame with a reference. */
function refers(socket: string, reference: Partial<Reference>, described: Described = {}): 'taken' | 'ended' {
  const { client, channel } = withPool(socket);
  client.send(referenceFrame({ pool: POOL, index: 0, length: 64, ...reference }, { channel, ...described }));
  const alive = client.alive;
  client.close();
  return alive ? 'taken' : 'ended';
}

function references(socket: string): unknown {
  const posixShm = FLAG.REFERENCE;
  return {
    whole: refers(socket, { length: SMALL_BYTES }),
    lastByte: refers(socket, { index: SMALL_BYTES - 4, length: 4 }),
    beyond: refers(socket, { index: SMALL_BYTES - 4, length: 8 }),
    wrapped: refers(socket, { index: MOST - 3, length: 8 }),
    largest: refers(socket, { index: MOST, length: MOST }),
    empty: refers(socket, { length: 0 }),
    unknownPool: refers(socket, { pool: POOL + 1 }),
    unknownChannel: refers(socket, {}, { channel: 63 }),
    posixShm: refers(socket, {}, { flags: posixShm }),
    writable: refers(socket, {}, { flags: (BY_MEMFD | 0x0080_0000) >>> 0 }),
    farAway: refers(socket, {}, { offset: 2n ** 63n - 1n }),
    longBefore: refers(socket, {}, { offset: -(2n ** 63n) }),
  };
}

/** The same block id over and over, released and not, each time for other bytes. */
function usedAgain(socket: string): unknown {
  const { client, channel } = withPool(socket);
  for (let i = 0; i < 1000; i++) {
    client.send(referenceFrame({ block: 1, pool: POOL, index: 4 * i, length: 4 }, { channel }));
  }
  const released = client.alive && client.heard.filter((what) => what === 'release').length;
  return { released, twice: registers(client, [memory()]) };
}

/** What can be done to a pool once it is the server's too: the client's own descriptor and mapping are still there. */
function afterwards(socket: string): unknown {
  const fd = memory();
  must(map(fd, SMALL_BYTES, true));
  const kept = duplicate(fd);
  const client = RawPulse.greeted(socket);
  const answer = registers(client, [fd]);
  const { shrink, grow, punchHole, seal } = memoryAttacks(kept, SMALL_BYTES);
  const { channel } = client.must('CREATE_PLAYBACK_STREAM', playing());
  client.send(referenceFrame({ pool: POOL, index: 0, length: SMALL_BYTES }, { channel }));
  return { answer, shrink, grow, punchHole, seal, alive: client.alive };
}

/** Rewrites its pool for as long as the server reads from it. */
async function scribble(socket: string): Promise<unknown> {
  const fd = memory(POOL_BYTES);
  // Mapped before it is sealed, as libpulse does: that mapping stays writable for ever.
  const address = must(map(fd, POOL_BYTES, true));
  const { client, channel } = withPool(socket, fd);
  const workerData = { address, sizeBytes: POOL_BYTES, forMs: SCRIBBLE_MS };
  const ended = new Promise((settle) => {
    new Worker(new URL('./scribbler.js', import.meta.url), { workerData }).once('exit', settle);
  });
  const scribbling = { over: false };
  void ended.then(() => (scribbling.over = true));
  for (let block = 0; !scribbling.over; block++) {
    client.send(
      referenceFrame({ block, pool: POOL, index: (block % 1000) * 65_536 + 64, length: 19_200 }, { channel }),
    );
    if (block % 16 === 0) await new Promise((settle) => setTimeout(settle, 50));
  }
  return { alive: client.alive };
}

/** Two pools are the most, however small. */
function manyPools(socket: string): unknown {
  const client = RawPulse.greeted(socket);
  const answers = Array.from({ length: POOLS_MAX + 1 }, (_, i) => registers(client, [memory()], i));
  return { answers };
}

/** Descriptors where none belong, and none where one belongs. */
function misplaced(socket: string): unknown {
  const stat = frame(packet('STAT', 1, undefined));
  const early = new RawPulse(socket);
  early.tell('REGISTER_MEMFD_SHMID', { pool: POOL }, [memory()]);
  const two = RawPulse.greeted(socket);
  const none = RawPulse.greeted(socket);
  const plain = RawPulse.greeted(socket, { shares: false });
  const many = RawPulse.greeted(socket);
  many.send(stat, [memory(), memory(), memory()]);
  const glued = RawPulse.greeted(socket);
  const [read] = pipe();
  for (let i = 0; i < FD_PACKETS; i++) glued.send(stat, [read, read]);
  return {
    early: early.awaitEnd(),
    two: registers(two, [memory(), memory()]),
    none: registers(none, []),
    notAgreed: registers(plain, [memory()]),
    three: many.awaitEnd(),
    thousand: glued.alive,
  };
}

/** More pools that cannot be sealed than the server waits for; everybody else goes on, without shared memory at the worst. */
async function stuck(socket: string): Promise<unknown> {
  if (!canMountFuse()) return 'impossible here';
  let report: unknown;
  const locked = memory(POOL_BYTES);
  await withStuckFile(locked, (fuse) => {
    const file = registers(RawPulse.greeted(socket), [fuse]);
    const clients = Array.from({ length: LOCKED_POOLS }, () => RawPulse.greeted(socket));
    for (const client of clients) client.tell('REGISTER_MEMFD_SHMID', { pool: POOL }, [locked]);
    const ended = clients.map((client) => client.awaitEnd());
    const newcomer = new RawPulse(socket);
    const answer = newcomer.authenticate();
    const offered = typeof answer === 'string' ? answer : answer.dialect.sharedMemory;
    newcomer.word('SET_CLIENT_NAME', { properties: new Map() });
    report = { file, ended: ended.every(Boolean), offered, newcomer: newcomer.alive };
  });
  return report;
}

/** Comes with a pool and goes, again and again: a descriptor that stays behind shows at the siege's end. */
function comeAndGo(socket: string): unknown {
  const rounds = 300;
  let sent = 0;
  for (let i = 0; i < rounds; i++) {
    const client = RawPulse.greeted(socket);
    client.tell('REGISTER_MEMFD_SHMID', { pool: POOL }, [memory(POOL_BYTES)]);
    if (i % 3 === 0) client.must('CREATE_PLAYBACK_STREAM', playing());
    sent += client.fds.length;
    client.close();
  }
  return { rounds, sent };
}

const SEALED = SEAL.SHRINK | SEAL.GROW | SEAL.SEAL;

export const poolAttacks = {
  unsealed: registering(() => memory()),
  'sealed as we would': registering(() => memory(SMALL_BYTES, SEALED)),
  'sealed against us': registering(() => memory(SMALL_BYTES, SEAL.SEAL)),
  'sealed against growing only': registering(() => memory(SMALL_BYTES, SEAL.GROW | SEAL.SEAL)),
  empty: registering(() => memory(0)),
  'larger than any': registering(() => memory(1024 * 1024 * 1024)),
  'a pipe': registering(() => pipe()[0]),
  'a directory': registering(() => openSync('/', 'r')),
  'a device': registering(() => openSync('/dev/zero', 'r+')),
  'an eventfd': registering(() => must(eventfd())),
  'a path': registering(() => openSync('/dev/zero', O_PATH)),
  'a file on tmpfs': registering(() => unlinkedFile('/dev/shm')),
  'a file on disk': registering(() => unlinkedFile('/tmp')),
  'huge pages': (socket) => {
    const fd = hugePagesMemfd(HUGE_BYTES);
    return fd < 0 ? 'impossible here' : registers(RawPulse.greeted(socket), [fd]);
  },
  references,
  'a block id used again': usedAgain,
  'a pool after it was taken': afterwards,
  'a pool rewritten while it is read': scribble,
  'many pools': manyPools,
  'misplaced descriptors': misplaced,
  'stuck and locked pools': stuck,
  'come and go': comeAndGo,
} satisfies Record<string, Attack>;
