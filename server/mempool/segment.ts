import type { Address } from '../../native-shim/library.js';
import { addSeals, close, getSeals, map, memfd, SEAL, type Sys, SysError, unmap } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';

export type SegmentName = 'weir-control' | 'weir-data';

/** One sealed memfd of the server, mapped writable here. The descriptor is the maker's to hand over and close. */
export interface Segment {
  readonly fd: number;
  readonly address: Address;
  readonly sizeBytes: number;
}

/** Nobody can change its size any more. */
export const CONTROL_SEALS = SEAL.SHRINK | SEAL.GROW | SEAL.SEAL;
/** Nor can anybody but its maker write it: F_SEAL_FUTURE_WRITE of fcntl(2), Linux 5.1. */
export const DATA_SEALS = CONTROL_SEALS | SEAL.FUTURE_WRITE;

/** A new segment of zeroes, `sizeBytes` in whole pages. It is mapped before it is sealed: FUTURE_WRITE stops later mappings only. */
export function createSegment(name: SegmentName, sizeBytes: number): Segment | WeirError {
  const fd = memfd(name, sizeBytes);
  if (fd instanceof SysError) return unavailable(fd);
  const address = map(fd, sizeBytes, true);
  if (address instanceof SysError) {
    close(fd);
    return unavailable(address);
  }
  const segment = { fd, address, sizeBytes };
  const sealed = seal(fd, name === 'weir-data' ? DATA_SEALS : CONTROL_SEALS);
  if (!(sealed instanceof SysError)) return segment;
  dropSegment(segment);
  return unavailable(sealed);
}

export function dropSegment({ fd, address, sizeBytes }: Segment): void {
  unmap(address, sizeBytes);
  close(fd);
}

/** F_SEAL_SEAL goes last, and what came of it is read back. */
function seal(fd: number, seals: number): Sys<number> {
  const first = addSeals(fd, seals & ~SEAL.SEAL);
  if (first instanceof SysError) return first;
  const last = addSeals(fd, SEAL.SEAL);
  if (last instanceof SysError) return last;
  const got = getSeals(fd);
  return got instanceof SysError || (got & seals) === seals ? got : new SysError('F_ADD_SEALS', 'EINVAL');
}

function unavailable(why: SysError): WeirError {
  return new WeirError('SHARED_MEMORY_UNAVAILABLE', `no sealed memory to be had: ${why.message}`);
}
