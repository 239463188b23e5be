import { WeirError } from '../../../observe/errors.js';
import type { Block } from '../buffer/block.js';
import type { BlockReference } from '../wire/framing/descriptor.js';
import { BLOCK_LIMIT_BYTES } from '../wire/limits.js';
import { ClientPool, letGo } from './client-pool.js';
import { POOLS_MAX, USER_POOL_BYTES_MAX } from './limits.js';
import { SealDesk } from './seal-desk.js';

/** The memory of all PulseAudio clients: what each user's programs have declared together. */
export class PoolHouse {
  readonly desk = new SealDesk();
  readonly #bytesOf = new Map<number, number>();

  /** Why a client of this user is not offered to send its sound by shared memory. */
  refusal(uid: number): WeirError | undefined {
    const bytes = this.#bytesOf.get(uid) ?? 0;
    if (bytes < USER_POOL_BYTES_MAX) return this.desk.refusal(uid);
    return new WeirError('SHARED_MEMORY_UNAVAILABLE', `programs of user ${uid} share ${bytes} bytes already`);
  }

  count(uid: number, changeBytes: number): void {
    const bytes = (this.#bytesOf.get(uid) ?? 0) + changeBytes;
    if (bytes > 0) this.#bytesOf.set(uid, bytes);
    else this.#bytesOf.delete(uid);
  }

  close(): void {
    this.desk.close();
  }
}

/** The pools of one connection, by the ids that it gave them. */
export class ClientPools {
  readonly #house: PoolHouse;
  readonly #uid: number;
  /** Undefined while it is being sealed. */
  readonly #pools = new Map<number, ClientPool | undefined>();
  readonly #block = new PoolBlock();
  #closed = false;

  constructor(house: PoolHouse, uid: number) {
    this.#house = house;
    this.#uid = uid;
  }

  /** Whether it makes sense to offer shared memory now: to who is not offered it, nothing is refused later. */
  get available(): boolean {
    return this.#house.refusal(this.#uid) === undefined;
  }

  /**
   * Takes a memfd in under `shmId`; the descriptor is taken in any case. The connection is not read until it settles (0.2 ms; 1 s where
   * the client holds the lock of its memory), and ends where it was refused.
   */
  async register(shmId: number, fd: number): Promise<WeirError | undefined> {
    const refused = this.#refusal(shmId);
    if (refused) {
      letGo(fd);
      return refused;
    }
    this.#pools.set(shmId, undefined);
    const pool = await ClientPool.admit(fd, this.#uid, this.#house.desk);
    if (pool instanceof WeirError) {
      this.#pools.delete(shmId);
      return pool;
    }
    if (this.#closed) pool.close();
    else {
      this.#pools.set(shmId, pool);
      this.#house.count(this.#uid, pool.sizeBytes);
    }
    return undefined;
  }

  /**
   * The block that a frame names, good until the next call. Nothing is kept of it: once it is copied it can be released, and its id means
   * nothing here.
   */
  block({ pool: id, index, lengthBytes }: BlockReference): Block | WeirError {
    const pool = this.#pools.get(id);
    if (!pool) return new WeirError('BAD_MESSAGE', `no memory is registered as ${id}`);
    if (lengthBytes > BLOCK_LIMIT_BYTES) return new WeirError('MESSAGE_TOO_LARGE', `a block of ${lengthBytes} bytes`);
    if (pool.holds(index, lengthBytes)) return this.#block.of(pool, index, lengthBytes);
    return new WeirError('BAD_MESSAGE', `bytes ${index} to ${index + lengthBytes} are not within ${pool.sizeBytes}`);
  }

  close(): void {
    this.#closed = true;
    for (const pool of this.#pools.values()) {
      if (!pool) continue;
      pool.close();
      this.#house.count(this.#uid, -pool.sizeBytes);
    }
    this.#pools.clear();
  }

  #refusal(shmId: number): WeirError | undefined {
    if (this.#pools.has(shmId)) return new WeirError('BAD_MESSAGE', `memory ${shmId} is registered already`);
    if (this.#pools.size >= POOLS_MAX) return new WeirError('QUOTA_EXCEEDED', `${POOLS_MAX} pools are the most`);
    return this.#house.refusal(this.#uid);
  }
}

/** A span of a pool. */
class PoolBlock implements Block {
  length = 0;
  #pool: ClientPool | undefined;
  #index = 0;

  of(pool: ClientPool, index: number, length: number): this {
    this.#pool = pool;
    this.#index = index;
    this.length = length;
    return this;
  }

  copy(from: number, into: Uint8Array, at: number, bytes: number): number {
    return this.#pool?.read(this.#index + from, into, at, bytes) ?? 0;
  }
}
