import type { weir } from '#proto';
import { importSegment, type Imported } from '../../server/mempool/import.js';
import {
  checkHeaders,
  type Direction,
  isRingShape,
  ringInSegments,
  type RingMemory,
  segmentSizes,
} from '../../server/mempool/ring-memory.js';
import { CONTROL_SEALS, DATA_SEALS } from '../../server/mempool/segment.js';
import { WeirError } from '../../server/observe/errors.js';
import { discard, peerOf, SysError, unmap } from '../sys.js';

/** A ring of the server's, mapped here. Nothing may touch its memory after `unmap`. */
export interface MappedRing {
  readonly memory: RingMemory;
  /** The wake-up socket; the feed or tap that waits on it closes it. */
  readonly wakeFd: number;
  unmap(): void;
}

/**
 * Checks and maps what came with StreamOpened: seals, sizes and headers must be what was announced, so that neither a
 * confused nor a hostile server can make this process fault. Owns the descriptors in any case.
 * @throws WeirError FD_MISSING, FD_NOT_MEMFD, FD_UNSEALED, FD_WRONG_SIZE, MAPPING_FAILED, BAD_MESSAGE, VERSION_MISMATCH
 */
export function mapRing(
  direction: Direction,
  opened: weir.v1.StreamOpened.$Properties,
  frameBytes: number,
  fds: readonly number[],
): MappedRing {
  const [controlFd, dataFd, wakeFd] = fds;
  if (controlFd === undefined || dataFd === undefined || wakeFd === undefined) {
    return refuse(fds, new WeirError('FD_MISSING', `the server sent ${fds.length} of 3 descriptors`));
  }
  // SO_PEERCRED asks no file system: what passes is a Unix socket, and closing that cannot hang.
  if (peerOf(wakeFd) instanceof SysError) {
    return refuse(fds, new WeirError('BAD_MESSAGE', 'the wake-up descriptor is no Unix socket'));
  }
  const capacityFrames = opened.capacityFrames ?? 0;
  const sizes = isRingShape(capacityFrames, frameBytes)
    ? segmentSizes(direction, capacityFrames, frameBytes)
    : undefined;
  if (sizes === undefined || sizes.controlBytes !== opened.controlBytes || sizes.dataBytes !== opened.dataBytes) {
    return refuse(
      fds,
      new WeirError('BAD_MESSAGE', `a ring of ${capacityFrames} frames of ${frameBytes} bytes cannot be`),
    );
  }
  const control = importSegment(controlFd, { sizeBytes: sizes.controlBytes, seals: CONTROL_SEALS, writable: true });
  if (control instanceof WeirError) return refuse([dataFd, wakeFd], control);
  const data = importSegment(dataFd, { sizeBytes: sizes.dataBytes, seals: DATA_SEALS, writable: false });
  if (data instanceof WeirError) return refuse([wakeFd], data, control);
  const memory = ringInSegments(direction, control.address, data.address, { capacityFrames, frameBytes });
  const wrong = checkHeaders(memory);
  if (wrong !== undefined) return refuse([wakeFd], wrong, control, data);
  return { memory, wakeFd, unmap: () => release(control, data) };
}

function refuse(fds: readonly number[], why: WeirError, ...mapped: Imported[]): never {
  for (const fd of fds) discard(fd);
  release(...mapped);
  throw why;
}

function release(...mapped: Imported[]): void {
  for (const { address, sizeBytes } of mapped) unmap(address, sizeBytes);
}
