import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Watch, watch } from '../../../../native-shim/poll.js';
import { close, errnoName, must, receive, send, SysError, wakePair } from '../../../../native-shim/sys.js';
import { WeirError } from '../../../observe/errors.js';
import { logOf } from '../../../observe/log.js';
import { HUNG_SEALS_PER_USER, SEAL_LIMIT_MS } from './limits.js';

const log = logOf('pulse');
const SEALER = fileURLToPath(new URL('../../../../native-shim/weir-sealer', import.meta.url));

/**
 * Seals clients' memory, so that its size stays what it is. F_ADD_SEALS waits for the inode's lock, which a client can hold for ever
 * (docs/decisions/0006): so children of a process of its own do it (native-shim/sealer), and nobody here waits longer than SEAL_LIMIT_MS.
 * To be made before the first client: that process must not inherit what strangers send.
 */
export class SealDesk {
  readonly #socket: number;
  readonly #watch: Watch;
  readonly #order = new Uint32Array(1);
  readonly #answer = new Uint32Array(2);
  readonly #waiting = new Map<number, (error: number) => void>();
  readonly #hungOf = new Map<number, number>();
  #lastTicket = 0;
  #gone: string | undefined;

  constructor() {
    const [ours, theirs] = must(wakePair());
    this.#socket = ours;
    const sealer = spawn(SEALER, [], { stdio: ['ignore', 'ignore', 'ignore', theirs], env: {} });
    close(theirs);
    sealer.unref();
    sealer.on('error', (error) => {
      this.#lose(error.message);
    });
    this.#watch = watch(ours, { readable: true, writable: false }, () => {
      this.#listen();
    });
    this.#watch.unref();
  }

  /** Why memory of this user's programs is not taken just now. */
  refusal(uid: number): WeirError | undefined {
    if (this.#gone !== undefined) return unavailable(`nobody seals memory any more: ${this.#gone}`);
    const hung = this.#hungOf.get(uid) ?? 0;
    return hung < HUNG_SEALS_PER_USER ? undefined : unavailable(`${hung} pools of user ${uid} hang: they are locked`);
  }

  /** Never rejects; undefined once it is done. What it could not seal may have been sealed before: look. */
  seal(fd: number, uid: number): Promise<WeirError | undefined> {
    const refused = this.refusal(uid);
    if (refused) return Promise.resolve(refused);
    const ticket = (this.#lastTicket = (this.#lastTicket + 1) >>> 0);
    this.#order[0] = ticket;
    const sent = send(this.#socket, new Uint8Array(this.#order.buffer), [fd]);
    if (sent instanceof SysError) return Promise.resolve(unavailable(`nobody seals memory just now: ${sent.errno}`));
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
      this.#waiting.set(ticket, (error) => {
        clearTimeout(timer);
        if (hung) this.#count(uid, -1);
        settle(
          error === 0 ? undefined : new WeirError('FD_UNSEALED', `the memory cannot be sealed: ${errnoName(error)}`),
        );
      });
    });
  }

  /** The sealer ends with it, but for those of its children that hang. */
  close(): void {
    this.#lose('the server is stopping');
  }

  #listen(): void {
    if (this.#gone !== undefined) return;
    const bytes = new Uint8Array(this.#answer.buffer);
    for (;;) {
      const got = receive(this.#socket, bytes, 0);
      if (got instanceof SysError && got.errno === 'EAGAIN') return;
      if (got instanceof SysError || got.length === 0) return this.#lose('its process ended');
      const [ticket = 0, error = 0] = this.#answer;
      this.#waiting.get(ticket)?.(error);
      this.#waiting.delete(ticket);
    }
  }

  #lose(why: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = why;
    this.#watch.close();
    close(this.#socket);
  }

  #count(uid: number, change: number): void {
    const hung = (this.#hungOf.get(uid) ?? 0) + change;
    if (hung > 0) this.#hungOf.set(uid, hung);
    else this.#hungOf.delete(uid);
  }
}

const unavailable = (what: string) => new WeirError('SHARED_MEMORY_UNAVAILABLE', what);
