import { randomBytes } from 'node:crypto';
import { WeirError } from '../../observe/errors.js';
import { logOf } from '../../observe/log.js';
import type { Role } from '../../policy/may.js';
import type { Bearer } from '../port.js';
import { aMinute, Tally } from '../tally.js';
import { browserLabel } from './browser-label.js';
import type { Grant } from './grant.js';
import {
  CODE_LIFE_MS,
  CODE_TRIES_OF_ALL,
  CODE_TRIES_PER_ADDRESS,
  KEY_BYTES,
  KEY_TRIES_PER_ADDRESS,
  PAIRINGS_MAX,
  SEEN_INTERVAL_MS,
} from './limits.js';
import { LinkCodes } from './link-codes.js';
import { digestOf, findByDigest, newSecret } from './secret.js';
import { Store } from './store.js';
import { Tries } from './tries.js';

const log = logOf('pairing');
const ID_BYTES = 6;

/** Where a request came from. */
export interface Whence {
  readonly address: string;
  /** Over loopback: the user that the kernel names. Absent: from elsewhere. */
  readonly uid?: number;
}

/** Where a browser shows its link's code. */
export const PAIR_PATH = '/pair';

/** A one-use link, by each of the server's names. */
export interface Invitation {
  readonly url: string;
  readonly otherUrls: readonly string[];
  readonly expiresS: number;
  /** Only browsers of this machine reach it. */
  readonly thisMachineOnly: boolean;
}

export interface Redeemed {
  /** The browser's own from now on; nobody else ever sees it. */
  readonly key: string;
  readonly pairing: Bearer;
}

/** Which browsers were let in, and the links by which others may be. */
export class Pairings {
  readonly #store: Store;
  readonly #revoked: (id: string) => void;
  readonly #codes = new LinkCodes();
  readonly #codeTries = new Tries(CODE_TRIES_PER_ADDRESS);
  readonly #codeTriesOfAll = new Tally(aMinute(CODE_TRIES_OF_ALL), performance.now());
  readonly #keyTries = new Tries(KEY_TRIES_PER_ADDRESS);
  readonly #grants = new Map<string, Grant>();
  #seenStoredMs = performance.now();
  /** Where browsers reach the server (https://HOST:PORT), the one that works in most of them first; known once it listens. */
  origins: readonly string[] = [];
  /** Why nobody is let in at all: what the store holds is not known, and must not be overwritten. */
  readonly broken: WeirError | undefined;

  /** `revoked` is to end whatever the pairing with this id has open. */
  constructor(stateDir: string, revoked: (id: string) => void) {
    this.#store = new Store(stateDir);
    this.#revoked = revoked;
    const stored = this.#store.read();
    if (stored instanceof WeirError) {
      this.broken = stored;
      log.error({ code: stored.code }, `${stored.what}; no paired browser is let in`);
    } else for (const grant of stored) this.#grants.set(grant.id, grant);
  }

  get all(): readonly Grant[] {
    return [...this.#grants.values()];
  }

  /** Whether this pairing still stands. */
  has(id: string): boolean {
    return this.#grants.has(id);
  }

  /** A link that lets one browser in, within CODE_LIFE_MS. */
  invite(role: Role): Invitation | WeirError {
    const [first, ...others] = this.origins;
    const refusal = this.broken ?? this.#full();
    if (refusal) return refusal;
    if (first === undefined) return new WeirError('TOO_BUSY', 'the server does not listen for browsers yet');
    log.info({ role }, 'a link to let a browser in was made');
    const code = this.#codes.issue(role);
    const linkAt = (origin: string): string => `${origin}${PAIR_PATH}?code=${code}`;
    return {
      url: linkAt(first),
      otherUrls: others.map(linkAt),
      expiresS: CODE_LIFE_MS / 1000,
      thisMachineOnly: this.origins.every(isLoopback),
    };
  }

  /** Uses a link's code up. `replaces`: the pairing that the same browser had until now. */
  async redeem(
    code: string,
    userAgent: string | undefined,
    whence: Whence,
    replaces?: string,
  ): Promise<Redeemed | WeirError> {
    const { address } = whence;
    const refusal = this.broken ?? this.#refuseCode(code, address);
    if (refusal instanceof WeirError) {
      log.warn({ address, code: refusal.code }, refusal.what);
      return refusal;
    }
    const key = newSecret(KEY_BYTES);
    const grant = this.#newGrant(refusal, browserLabel(userAgent), key, whence);
    this.#grants.set(grant.id, grant);
    const unwritten = await this.#save();
    if (unwritten) {
      this.#grants.delete(grant.id);
      return unwritten;
    }
    log.info({ id: grant.id, name: grant.name, address }, 'a browser was let in');
    if (replaces !== undefined) await this.revoke(replaces);
    return { key, pairing: bearerOf(grant) };
  }

  /** Whose key this is. */
  identify(key: string, { address, uid }: Whence): Bearer | WeirError {
    const grant = findByDigest(this.#grants.values(), digestOf(key), ({ keyDigest }) => Buffer.from(keyDigest, 'hex'));
    if (grant && grant.uid === uid) {
      this.#saw(grant, address);
      return bearerOf(grant);
    }
    if (!this.#keyTries.take(address)) return new WeirError('TOO_BUSY', 'too many keys that are good for nothing');
    const why = grant ? 'the key was given to a browser elsewhere' : 'the key is good for nothing, or no more';
    log.warn({ address }, why);
    return this.broken ?? new WeirError('PAIRING_NEEDED', why);
  }

  /** From now on its key is good for nothing and what it has open ends, also where that cannot be stored. */
  async revoke(id: string): Promise<WeirError | undefined> {
    if (this.broken) return this.broken;
    if (!this.#grants.delete(id)) return new WeirError('PAIRING_NOT_FOUND', `there is no pairing ${id}`);
    log.info({ id }, 'a pairing was taken back');
    this.#revoked(id);
    return this.#save();
  }

  #full(): WeirError | undefined {
    if (this.#grants.size < PAIRINGS_MAX) return undefined;
    return new WeirError('TOO_MANY_PAIRINGS', `${PAIRINGS_MAX} browsers are paired`);
  }

  #refuseCode(code: string, address: string): Role | WeirError {
    const mayTry = this.#codeTries.take(address) && this.#codeTriesOfAll.take(performance.now());
    if (!mayTry) return new WeirError('TOO_BUSY', 'too many links were tried');
    const role = this.#codes.take(code);
    if (!role) return new WeirError('LINK_INVALID', 'the link was used already, is too old, or never was one');
    return this.#full() ?? role;
  }

  #newGrant(role: Role, name: string, key: string, { address, uid }: Whence): Grant {
    if (role !== 'owner') throw new RangeError(`nobody is paired as ${role}`);
    const id = randomBytes(ID_BYTES).toString('hex');
    const nowS = wallClockS();
    const keyDigest = digestOf(key).toString('hex');
    return { id, name, role, keyDigest, uid, pairedS: nowS, lastSeenS: nowS, lastAddress: address };
  }

  #saw(grant: Grant, address: string): void {
    this.#grants.set(grant.id, { ...grant, lastSeenS: wallClockS(), lastAddress: address });
    const nowMs = performance.now();
    if (nowMs - this.#seenStoredMs < SEEN_INTERVAL_MS) return;
    this.#seenStoredMs = nowMs;
    void this.#save();
  }

  async #save(): Promise<WeirError | undefined> {
    const failure = await this.#store.write(this.all);
    if (failure) log.error({ code: failure.code }, failure.what);
    return failure;
  }
}

function bearerOf({ id, name, role }: Grant): Bearer {
  return { id, name, role };
}

function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

function wallClockS(): number {
  return Math.floor(Date.now() / 1000);
}
