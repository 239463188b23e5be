import type { Address } from '../../native-shim/library.js';
import { close, discard, fileSize, getSeals, isTmpfs, map, SEAL, SysError } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { SEGMENT_BYTES_LIMIT } from './limits.js';
import type { Quota } from './quota.js';

export interface ImportTerms {
  /** What the sender said; the file must have exactly this size. */
  readonly sizeBytes: number;
  /** SEAL bits that must be set. */
  readonly seals: number;
  readonly writable: boolean;
  /** Charged with `sizeBytes` where the import succeeds; whoever unmaps releases them. */
  readonly quota?: Quota;
}

export interface Imported {
  readonly address: Address;
  readonly sizeBytes: number;
}

/** All four, for a sample: nobody can change a byte of it any more. */
export const SAMPLE_SEALS = SEAL.SEAL | SEAL.SHRINK | SEAL.GROW | SEAL.WRITE;

/**
 * Maps a memfd that came from somebody else, and takes its descriptor in any case. The order is the point: F_GET_SEALS asks no file
 * system and takes no lock, so that whatever fails it (a pipe, a file of a FUSE daemon that never answers) is neither stat'ed nor closed
 * on this thread. A memfd on hugetlbfs passes it and would fault when mapped: tmpfs only.
 * What lacks a seal is refused, not sealed here: F_ADD_SEALS waits for the inode's lock, which its sender can hold for ever.
 */
export function importSegment(fd: number, terms: ImportTerms): Imported | WeirError {
  const seals = getSeals(fd);
  if (seals instanceof SysError) {
    discard(fd);
    return new WeirError('FD_NOT_MEMFD', `the descriptor is no memfd (${seals.errno})`);
  }
  const imported = mapChecked(fd, seals, terms);
  // Ours may be the last reference: freeing gigabytes of a refused file takes seconds that this thread does not have.
  if (imported instanceof WeirError) discard(fd);
  else close(fd);
  return imported;
}

function mapChecked(fd: number, seals: number, terms: ImportTerms): Imported | WeirError {
  const { sizeBytes, writable, quota } = terms;
  const wrong = wrongSeals(seals, terms.seals) ?? wrongFile(fd, sizeBytes) ?? quota?.charge(sizeBytes);
  if (wrong) return wrong;
  const address = map(fd, sizeBytes, writable);
  if (!(address instanceof SysError)) return { address, sizeBytes };
  quota?.release(sizeBytes);
  return new WeirError('MAPPING_FAILED', address.message);
}

function wrongSeals(has: number, needs: number): WeirError | undefined {
  const missing = Object.entries(SEAL).filter(([, bit]) => (needs & bit & ~has) !== 0);
  if (missing.length === 0) return undefined;
  return new WeirError('FD_UNSEALED', `the memfd lacks the seals ${missing.map(([name]) => name).join(', ')}`);
}

function wrongFile(fd: number, sizeBytes: number): WeirError | undefined {
  if (isTmpfs(fd) !== 1) return new WeirError('FD_NOT_MEMFD', 'the memory is not on tmpfs');
  const size = fileSize(fd);
  if (size instanceof SysError) return new WeirError('FD_NOT_MEMFD', size.message);
  if (size === sizeBytes && size > 0 && size <= SEGMENT_BYTES_LIMIT) return undefined;
  const what = `the memfd has ${size} bytes where ${sizeBytes} were announced and 1 to ${SEGMENT_BYTES_LIMIT} are taken`;
  return new WeirError('FD_WRONG_SIZE', what);
}
