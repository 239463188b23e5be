import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { viewOf } from '../../native-shim/library.js';
import { getSeals, SEAL } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { createSegment, dropSegment, type Segment, type SegmentName } from './segment.js';

const SIZE_BYTES = 8192;
const PEER = fileURLToPath(new URL('segment.peer.js', import.meta.url));
const made: Segment[] = [];

function segment(name: SegmentName): Segment {
  const segment = createSegment(name, SIZE_BYTES);
  if (segment instanceof WeirError) throw segment;
  made.push(segment);
  return segment;
}

afterEach(() => {
  for (const segment of made.splice(0)) dropSegment(segment);
});

describe('a segment', () => {
  test('is zeroed, writable here, close-on-exec and never executable', () => {
    const { fd, address, sizeBytes } = segment('weir-data');
    const bytes = new Uint8Array(viewOf(address, sizeBytes));
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    bytes.fill(7);
    expect(bytes[SIZE_BYTES - 1]).toBe(7);
    const flags = parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8);
    expect(flags & 0o2000000).toBe(0o2000000);
  });

  test('carries the seals of its kind', () => {
    const size = SEAL.SHRINK | SEAL.GROW | SEAL.SEAL;
    const kind = ~32; // F_SEAL_EXEC comes with MFD_NOEXEC_SEAL where the kernel has it
    expect(Number(getSeals(segment('weir-control').fd)) & kind).toBe(size);
    expect(Number(getSeals(segment('weir-data').fd)) & kind).toBe(size | SEAL.FUTURE_WRITE);
  });

  test('that is too large for the machine is refused, not thrown', () => {
    const refused = createSegment('weir-data', 2 ** 52);
    expect(refused).toBeInstanceOf(WeirError);
    expect(refused).toMatchObject({ code: 'SHARED_MEMORY_UNAVAILABLE' });
  });

  test('withstands its client: no size can change, and weir-data cannot be written in any way', () => {
    const control = segment('weir-control');
    const data = segment('weir-data');
    const peer = spawnSync(process.execPath, [PEER, String(SIZE_BYTES)], {
      stdio: ['ignore', 'pipe', 'inherit', control.fd, data.fd],
      encoding: 'utf8',
    });
    expect(JSON.parse(peer.stdout)).toEqual({
      control: {
        mapWritable: 'done',
        makeWritable: 'done',
        write: 'done',
        shrink: 'EPERM',
        grow: 'EPERM',
        punchHole: 'done',
        seal: 'EPERM',
      },
      data: {
        mapWritable: 'EPERM',
        makeWritable: 'EACCES',
        write: 'EPERM',
        shrink: 'EPERM',
        grow: 'EPERM',
        punchHole: 'EPERM',
        seal: 'EPERM',
      },
    });
    new Uint8Array(viewOf(data.address, SIZE_BYTES)).fill(1);
  });
});
