import { openSync, unlinkSync } from 'node:fs';
import { weir } from '#proto';
import { addSeals, eventfd, map, memfd, must, SEAL } from '../../native-shim/sys.js';
import { canMountFuse, withStuckFile } from '../../server/mempool/fuse.fixture.js';
import { SAMPLE_SEALS } from '../../server/mempool/import.js';
import {
  attacks as segmentAttacks,
  duplicate,
  hugePagesMemfd,
  pipe,
  truncate,
} from '../../server/mempool/libc.fixture.js';
import type { Attack } from './attack.js';
import { sendManyDescriptors } from './libc.js';
import { RawClient } from './raw-client.js';

const SIZE_BYTES = 8192;
const HUGE_BYTES = 2 * 1024 * 1024;
const PING = { clockPing: { t1Us: 1 } };
/** SCM_MAX_FD of unix(7). */
const FDS_MOST = 253;
const FULL_MESSAGES = 20;
/** All of them: more closes than the server has threads to wait for them, and more than it lets wait. */
const STUCK_UPLOADS = 100;
const STUCK_CONNECTIONS = 4;
/** Far less than a close that waits for the file's daemon. */
const STUCK_LIMIT_MS = 2000;

function sample(sizeBytes: number): weir.v1.UploadSample.$Properties {
  return { name: 'sample', format: weir.v1.SampleFormat.S16, rate: 48_000, channels: 2, sizeBytes };
}

function upload(client: RawClient, fd: number | undefined, sizeBytes = SIZE_BYTES): string {
  return client.ask({ uploadSample: sample(sizeBytes) }, fd === undefined ? [] : [fd]);
}

function memory(seals: number, sizeBytes = SIZE_BYTES): number {
  const fd = must(memfd('hostile', sizeBytes));
  if (seals !== 0) must(addSeals(fd, seals));
  return fd;
}

/** Uploads the descriptor that `open` gives; the answer, and whether the connection goes on. */
function uploading(open: () => number, sizeBytes = SIZE_BYTES): Attack {
  return (socket) => {
    const client = RawClient.greeted(socket);
    return { answer: upload(client, open(), sizeBytes), alive: client.alive };
  };
}

function unlinkedFile(folder: string): number {
  const path = `${folder}/weir-hostile-${process.pid}`;
  const fd = openSync(path, 'wx+');
  unlinkSync(path);
  return fd;
}

/** Everything a program could still try on what it uploaded. The mapping made before the seals is the only subtle one. */
function modifySample(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const mapped = must(memfd('hostile', SIZE_BYTES));
  must(map(mapped, SIZE_BYTES, true));
  const sealing = addSeals(mapped, SAMPLE_SEALS);
  const fd = memory(SAMPLE_SEALS);
  return {
    sealWhileMapped: sealing instanceof Error ? sealing.errno : 'done',
    uploadWhileMapped: upload(client, mapped),
    upload: upload(client, fd),
    ...segmentAttacks(fd, SIZE_BYTES),
    alive: client.alive,
  };
}

/** Shrinks what it has just sent: unsealed it can, and is refused; sealed it is taken, and cannot. */
function shrink(socket: string): unknown {
  const client = RawClient.greeted(socket);
  const open = memory(SEAL.GROW | SEAL.WRITE);
  const kept = duplicate(open);
  client.tell({ requestId: 77, uploadSample: sample(SIZE_BYTES) }, [open]);
  const shrunk = truncate(kept, 0);
  const answer = client.await(({ requestId }) => requestId === 77);
  const sealed = memory(SAMPLE_SEALS);
  return {
    unsealed: answer?.body === 'failure' ? answer.failure.code : answer?.body,
    shrunk,
    sealed: upload(client, sealed),
    shrunkAfter: truncate(sealed, 0),
    played: client.ask({ playSample: { name: 'sample', device: 'yard' } }),
    alive: client.alive,
  };
}

/**
 * A file whose stat and close never return, sent more often than the server could wait for; and a memfd whose inode lock is held
 * for ever, so that asking it for anything but its seals would wait too.
 */
async function stuckFile(socket: string): Promise<unknown> {
  if (!canMountFuse()) return 'impossible here';
  const locked = memory(0);
  let report: unknown;
  await withStuckFile(locked, (fd) => {
    const client = RawClient.greeted(socket);
    const began = performance.now();
    const [stuck, lockedToo] = [upload(client, fd), upload(client, locked)];
    const quick = performance.now() - began < STUCK_LIMIT_MS;
    const answers = new Set<string>();
    for (let connection = 0; connection < STUCK_CONNECTIONS; connection++) {
      const more = RawClient.greeted(socket);
      for (let i = 0; i < STUCK_UPLOADS; i++) answers.add(upload(more, fd));
    }
    report = { stuck, lockedToo, quick, answers: [...answers].sort(), alive: client.alive };
  });
  return report;
}

function hugePages(socket: string): unknown {
  const fd = hugePagesMemfd(HUGE_BYTES);
  if (fd < 0) return 'impossible here';
  must(addSeals(fd, SAMPLE_SEALS));
  return uploading(() => fd, HUGE_BYTES)(socket);
}

/** Descriptors where none belong: a few are borne, and closed with the connection. */
function misplaced(socket: string): unknown {
  const client = new RawClient(socket);
  const words = { major: 1, minor: 0, name: 'attacker', sharedMemory: true };
  const hello = client.ask({ hello: words }, pipe());
  const ping = client.ask(PING, pipe());
  const oneMore = client.ask(PING, [pipe()[0]]);
  return { hello, ping, oneMore, then: client.ask(PING), missing: upload(RawClient.greeted(socket), undefined) };
}

/** As many descriptors in one message as the kernel carries, again and again. */
function tooMany(socket: string): unknown {
  const fds = Array.from({ length: FDS_MOST }, () => pipe()[0]);
  const sixteen = RawClient.greeted(socket).ask(PING, fds.slice(0, 16));
  let ended = 0;
  for (let i = 0; i < FULL_MESSAGES; i++) {
    const client = RawClient.greeted(socket);
    if (sendManyDescriptors(client.fd, fds) === 'done') client.awaitEnd();
    if (client.ask(PING).startsWith('ended')) ended++;
    client.close();
  }
  return { sixteen, all: ended === FULL_MESSAGES };
}

export const descriptorAttacks = {
  unsealed: uploading(() => memory(0)),
  'writable though sealed': uploading(() => memory(SAMPLE_SEALS & ~SEAL.WRITE)),
  'smaller than said': uploading(() => memory(SAMPLE_SEALS, SIZE_BYTES - 4)),
  'larger than said': uploading(() => memory(SAMPLE_SEALS, 2 * SIZE_BYTES)),
  empty: uploading(() => memory(SAMPLE_SEALS, 0)),
  'a pipe': uploading(() => pipe()[0]),
  'a directory': uploading(() => openSync('/', 'r')),
  'a device': uploading(() => openSync('/dev/zero', 'r+')),
  'an eventfd': uploading(() => must(eventfd())),
  'a file on tmpfs': uploading(() => unlinkedFile('/dev/shm')),
  'a file on disk': uploading(() => unlinkedFile('/tmp')),
  shrink,
  'modify a sample': modifySample,
  'a stuck file and a locked memfd': stuckFile,
  'huge pages': hugePages,
  'misplaced descriptors': misplaced,
  'too many descriptors': tooMany,
} satisfies Record<string, Attack>;
