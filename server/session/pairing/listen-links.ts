import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { WeirError } from '../../observe/errors.js';
import type { Bearer } from '../port.js';
import type { Pairings } from './pairings.js';

const LISTEN_PREFIX = '/listen/';
const KEY_BYTES = 32;
/** Stands last: all before it is what was signed. */
const SIGNATURE = /^(?<signed>.+)&sig=(?<signature>[\w-]{43})$/s;
const SIGNED = /[?&]until=(?<until>\d{1,12})&by=(?<by>[0-9a-f]{0,12})$/;

/**
 * Listening addresses for players that have no cookie: each is good for its own path and query, read only, until a time,
 * and as long as the pairing stands that made it. The key is this process's: a restart ends them all.
 */
export class ListenLinks {
  readonly #key = randomBytes(KEY_BYTES);

  constructor(
    readonly pairings: Pairings,
    readonly nowS: () => number = () => Date.now() / 1000,
  ) {}

  /** `path` with a signature, good for `lifeS` from now. `by`: the pairing that wants it; none: a program of this machine. */
  sign(path: string, lifeS: number, by = ''): string {
    const until = Math.floor(this.nowS() + lifeS);
    const signed = `${path}${path.includes('?') ? '&' : '?'}until=${until}&by=${by}`;
    return `${signed}&sig=${this.#signatureOf(signed).toString('base64url')}`;
  }

  /** Whom a request for `url` (path and query, as it was sent) comes from; undefined: it is no signed one. */
  bearerOf(url: string): Bearer | WeirError | undefined {
    if (!url.startsWith(LISTEN_PREFIX)) return undefined;
    const { signed, signature } = SIGNATURE.exec(url)?.groups ?? {};
    if (signed === undefined || signature === undefined) return undefined;
    const { until, by } = SIGNED.exec(signed)?.groups ?? {};
    const isOurs = timingSafeEqual(this.#signatureOf(signed), Buffer.from(signature, 'base64url'));
    if (!isOurs || until === undefined || by === undefined)
      return invalid('its signature is wrong, or of an older server');
    if (this.nowS() >= Number(until)) return invalid('its time is over');
    if (by !== '' && !this.pairings.has(by)) return invalid('the pairing that made it was taken back');
    return { id: by, name: 'a listening address', role: 'listener', untilMs: Number(until) * 1000 };
  }

  #signatureOf(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

function invalid(why: string): WeirError {
  return new WeirError('LISTEN_LINK_INVALID', `this listening address is good for nothing: ${why}`);
}
