import { type Watch, watch } from '../../../../native-shim/poll.js';
import { must, eventfd, sealApart, SysError, take, takeSealed } from '../../../../native-shim/sys.js';
import { WeirError } from '../../../observe/errors.js';
import { logOf } from '../../../observe/log.js';
import { HUNG_SEALS_PER_USER, SEAL_LIMIT_MS } from './limits.js';

const log = logOf('pulse');
const COUNTER_BYTES = 8;

/**
 * Seals clients' memory, so that its size stays what it is. F_ADD_SEALS waits for the inode's lock, which a client can hold for ever
 * (docs/decisions/0006): so a process of its own does it (c/seal.c), and nobody here waits longer than SEAL_LIMIT_MS.
 */
export class SealDesk {
  readonly #eventFd = must(eventfd());
  readonly #counter = new Uint8Array(COUNTER_BYTES);
  readonly #waiting = new Map<number, (failure: SysError | undefined) => void>();
  readonly #hungOf = new Map<number, number>();
  readonly #watch: Watch;

  constructor() {
    this.#watch = watch(this.#eventFd, { readable: true, writable: false }, () => {
      this.#listen();
    });
    this.#watch.unref();
  }

  /** Why memory of this user's programs is not taken just now. */
  refusal(uid: number): WeirError | undefined {
    const hung = this.#hungOf.get(uid) ?? 0;
    if (hung < HUNG_SEALS_PER_USER) return undefined;
    return new WeirError('SHARED_MEMORY_UNAVAILABLE', `${hung} pools of user ${uid} cannot be sealed: they are locked`);
  }

  /** Never rejects; undefined once it is done. What it could not seal may have been sealed before: look. */
  seal(fd: number, uid: number): Promise<WeirError | undefined> {
    const refused = this.refusal(uid);
    if (refused) return Promise.resolve(refused);
    const ticket = sealApart(fd, this.#eventFd);
    if (ticket instanceof SysError) {
      return Promise.resolve(new WeirError('SHARED_MEMORY_UNAVAILABLE', `no memory can be sealed: ${ticket.errno}`));
    }
    return new Promise((settle) => {
      let hung = false;
      const timer = setTimeout(() => {
        // Where it was this loop that stood still, the answer is there already.
        this.#listen();
        if (!this.#waiting.has(ticket)) return;
        hung = true;
        this.#count(uid, 1);
        log.warn({ uid }, 'a client holds the lock of its own memory; its connection ends');
        settle(new WeirError('FD_UNSEALED', `the memory could not be sealed within ${SEAL_LIMIT_MS} ms: it is locked`));
      }, SEAL_LIMIT_MS);
      this.#waiting.set(ticket, (failure) => {
        clearTimeout(timer);
        if (hung) this.#count(uid, -1);
        settle(failure && new WeirError('FD_UNSEALED', `the memory cannot be sealed: ${failure.errno}`));
      });
    });
  }

  /** What hangs writes to the eventfd when it ends, so that stays open until the process does. */
  close(): void {
    this.#watch.close();
  }

  #listen(): void {
    take(this.#eventFd, this.#counter, COUNTER_BYTES);
    for (const { ticket, failure } of takeSealed()) {
      this.#waiting.get(ticket)?.(failure);
      this.#waiting.delete(ticket);
    }
  }

  #count(uid: number, change: number): void {
    const hung = (this.#hungOf.get(uid) ?? 0) + change;
    if (hung > 0) this.#hungOf.set(uid, hung);
    else this.#hungOf.delete(uid);
  }
}
