import { fstatSync, openSync, unlinkSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { viewOf } from '../../native-shim/library.js';
import { addSeals, close, eventfd, map, memfd, must, SEAL, unmap } from '../../native-shim/sys.js';
import { type ErrorCode, WeirError } from '../observe/errors.js';
import { canMountFuse, withStuckFile } from './fuse.fixture.js';
import { importSegment, type Imported, type ImportTerms, SAMPLE_SEALS } from './import.js';
import { duplicate, hugePagesMemfd, pipe, truncate } from './libc.fixture.js';
import { SEGMENT_BYTES_LIMIT } from './limits.js';
import { Quota } from './quota.js';
import { CONTROL_SEALS } from './segment.js';

const SIZE_BYTES = 8192;
const CLOSED_LIMIT_MS = 10_000;
const terms: ImportTerms = { sizeBytes: SIZE_BYTES, seals: SAMPLE_SEALS, writable: false };
const mapped: Imported[] = [];

function imported(fd: number, changed: Partial<ImportTerms> = {}): Imported | WeirError {
  const result = importSegment(fd, { ...terms, ...changed });
  if (!(result instanceof WeirError)) mapped.push(result);
  return result;
}

function codeOf(result: Imported | WeirError): ErrorCode | 'accepted' {
  return result instanceof WeirError ? result.code : 'accepted';
}

function sample(seals: number = SAMPLE_SEALS, sizeBytes = SIZE_BYTES): number {
  const fd = must(memfd('sample', sizeBytes));
  if (seals !== 0) must(addSeals(fd, seals));
  return fd;
}

/** The file behind a descriptor; undefined where none is open. */
function fileOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** What is refused is closed on another thread, a little later; its number may be another file's by then. */
async function expectClosed(fd: number, file: string | undefined): Promise<void> {
  await vi.waitFor(
    () => {
      expect(fileOf(fd) ?? 'closed').not.toBe(file);
    },
    { timeout: CLOSED_LIMIT_MS },
  );
}

afterEach(() => {
  for (const { address, sizeBytes } of mapped.splice(0)) unmap(address, sizeBytes);
});

describe('a sealed memfd', () => {
  test('is mapped where its sender wrote it, and its descriptor closed', () => {
    const fd = must(memfd('sample', SIZE_BYTES));
    const written = must(map(fd, SIZE_BYTES, true));
    new Uint8Array(viewOf(written, SIZE_BYTES)).fill(42);
    unmap(written, SIZE_BYTES);
    must(addSeals(fd, SAMPLE_SEALS));
    const file = fileOf(fd);
    const result = imported(fd);
    expect(fileOf(fd)).not.toBe(file);
    if (result instanceof WeirError) throw result;
    expect(new Uint8Array(viewOf(result.address, SIZE_BYTES)).every((byte) => byte === 42)).toBe(true);
  });

  test('may have more seals than were asked for', () => {
    expect(codeOf(imported(sample(), { seals: CONTROL_SEALS }))).toBe('accepted');
  });

  test('is charged to the quota as announced, and only if it is taken', async () => {
    const quota = new Quota(SIZE_BYTES);
    expect(codeOf(imported(sample(0), { quota }))).toBe('FD_UNSEALED');
    expect(quota.usedBytes).toBe(0);
    expect(codeOf(imported(sample(), { quota }))).toBe('accepted');
    expect(quota.usedBytes).toBe(SIZE_BYTES);
    const fd = sample();
    const file = fileOf(fd);
    expect(codeOf(imported(fd, { quota }))).toBe('QUOTA_EXCEEDED');
    await expectClosed(fd, file);
  });
});

describe('refused, without a thread that waits', () => {
  const seals = Object.entries(SEAL).filter(([, bit]) => (SAMPLE_SEALS & bit) !== 0);
  test.each(seals)('a memfd without F_SEAL_%s', (name, bit) => {
    const result = imported(sample(SAMPLE_SEALS & ~bit));
    expect(codeOf(result)).toBe('FD_UNSEALED');
    expect(result).toMatchObject({ what: `the memfd lacks the seals ${name}` });
  });

  test('a memfd that shrinks: unsealed it is refused before it is looked at, sealed it cannot', () => {
    const fd = sample(SEAL.GROW | SEAL.SEAL);
    expect(truncate(fd, 0)).toBe('done');
    expect(codeOf(imported(fd))).toBe('FD_UNSEALED');
    const sealed = sample();
    const kept = duplicate(sealed);
    const result = imported(sealed);
    if (result instanceof WeirError) throw result;
    expect(truncate(kept, 0)).toBe('EPERM');
    expect(new Uint8Array(viewOf(result.address, SIZE_BYTES))[SIZE_BYTES - 1]).toBe(0);
    close(kept);
  });

  test.each([
    ['smaller than announced', SIZE_BYTES, SIZE_BYTES + 1],
    ['larger than announced', SIZE_BYTES, SIZE_BYTES - 1],
    ['empty', 0, 0],
    ['larger than any segment', SEGMENT_BYTES_LIMIT + 1, SEGMENT_BYTES_LIMIT + 1],
  ])('a memfd that is %s', async (_, real, announced) => {
    const fd = sample(SAMPLE_SEALS, real);
    const file = fileOf(fd);
    expect(codeOf(imported(fd, { sizeBytes: announced }))).toBe('FD_WRONG_SIZE');
    await expectClosed(fd, file);
  });

  test.each([
    ['a directory', () => openSync('/', 'r')],
    ['/dev/null', () => openSync('/dev/null', 'r+')],
    ['a file of /proc', () => openSync('/proc/self/maps', 'r')],
    ['an eventfd', () => must(eventfd())],
    ['a pipe', () => pipe()[0]],
    ['a descriptor that is none', () => 1_000_000],
  ])('%s', async (_, open) => {
    const fd = open();
    const file = fileOf(fd);
    expect(codeOf(imported(fd))).toBe('FD_NOT_MEMFD');
    await expectClosed(fd, file);
  });

  test('a file on tmpfs that is no memfd', () => {
    const path = `/dev/shm/weir-test-${process.pid}`;
    const fd = openSync(path, 'wx+');
    unlinkSync(path);
    expect(codeOf(imported(fd))).toBe('FD_UNSEALED');
  });

  test('a memfd on huge pages, though it carries every seal', (context) => {
    const bytes = 2 * 1024 * 1024;
    const fd = hugePagesMemfd(bytes);
    if (fd < 0) context.skip('no huge pages in this kernel');
    must(addSeals(fd, SAMPLE_SEALS));
    expect(codeOf(imported(fd, { sizeBytes: bytes }))).toBe('FD_NOT_MEMFD');
  });

  test.skipIf(!canMountFuse())('a file whose FUSE daemon never answers', { timeout: 30_000 }, async () => {
    const locked = sample(CONTROL_SEALS);
    await withStuckFile(locked, (fd) => {
      const before = performance.now();
      expect(codeOf(imported(fd))).toBe('FD_NOT_MEMFD');
      // Nor does a memfd make anybody wait whose inode lock its sender holds.
      expect(codeOf(imported(duplicate(locked)))).toBe('FD_UNSEALED');
      expect(codeOf(imported(locked, { seals: CONTROL_SEALS }))).toBe('accepted');
      expect(performance.now() - before).toBeLessThan(2000);
    });
  });
});
