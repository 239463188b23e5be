import { discard, fileSize, getSeals, isTmpfs, readAt, SEAL, SysError } from '../../../../native-shim/sys.js';
import { WeirError } from '../../../observe/errors.js';
import { CLOSE_AGAIN_MS, POOL_BYTES_MAX } from './limits.js';
import type { SealDesk } from './seal-desk.js';

/** Its size cannot change any more. That is all that is needed: what is read of it is read once, and by pread. */
const POOL_SEALS = SEAL.SHRINK | SEAL.GROW | SEAL.SEAL;

/**
 * Memory that a client made and writes its sound to. It is never mapped here, so that nothing the client does with it can fault: each
 * block is copied out once, by pread(2), which takes neither the inode's lock nor a page fault of the client's (docs/decisions/0012).
 */
export class ClientPool {
  readonly #fd: number;
  #open = true;

  private constructor(
    fd: number,
    readonly sizeBytes: number,
  ) {
    this.#fd = fd;
  }

  /** Takes a stranger's descriptor in any case. Seals it, and looks at it only afterwards: from then on it stays as it is. */
  static async admit(fd: number, uid: number, desk: SealDesk): Promise<ClientPool | WeirError> {
    // F_GET_SEALS asks no file system and takes no lock: what fails it is not even stat'ed here (mempool/import.ts).
    const sizeBytes = wrongKind(fd) ?? (await sealedSize(fd, uid, desk));
    if (!(sizeBytes instanceof WeirError)) return new ClientPool(fd, sizeBytes);
    letGo(fd);
    return sizeBytes;
  }

  /** Whether these bytes lie within it. All three are 32-bit numbers of a stranger's: their sum is exact here. */
  holds(index: number, length: number): boolean {
    return length > 0 && index + length <= this.sizeBytes;
  }

  /** Copies bytes of it that it `holds` to `at` of `into`; how many. */
  read(index: number, into: Uint8Array, at: number, bytes: number): number {
    if (!this.#open) return 0;
    // Fails with a descriptor that was opened for writing alone: its silence is the client's own.
    return Math.max(0, readAt(this.#fd, into, at, Math.min(bytes, into.length - at), index));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    letGo(this.#fd);
  }
}

/** Closes a stranger's descriptor. Ours may be the last reference: freeing 64 MiB takes 7 ms, so that another thread does it. */
export function letGo(fd: number): void {
  if (discard(fd) instanceof SysError) setTimeout(letGo, CLOSE_AGAIN_MS, fd);
}

function wrongKind(fd: number): WeirError | undefined {
  const seals = getSeals(fd);
  if (seals instanceof SysError) return new WeirError('FD_NOT_MEMFD', `the descriptor is no memfd (${seals.errno})`);
  return isTmpfs(fd) === 1 ? undefined : new WeirError('FD_NOT_MEMFD', 'the memory is not on tmpfs');
}

async function sealedSize(fd: number, uid: number, desk: SealDesk): Promise<number | WeirError> {
  const unsealed = await desk.seal(fd, uid);
  if (!hasSeals(fd)) return unsealed ?? new WeirError('FD_UNSEALED', 'the memory was sealed otherwise before it came');
  const size = fileSize(fd);
  if (size instanceof SysError) return new WeirError('FD_NOT_MEMFD', size.message);
  if (size > 0 && size <= POOL_BYTES_MAX) return size;
  return new WeirError('FD_WRONG_SIZE', `the memfd has ${size} bytes where 1 to ${POOL_BYTES_MAX} are taken`);
}

function hasSeals(fd: number): boolean {
  const seals = getSeals(fd);
  return !(seals instanceof SysError) && (seals & POOL_SEALS) === POOL_SEALS;
}
