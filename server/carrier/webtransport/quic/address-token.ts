import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { TIME_LIMITS } from '../limits.js';
import type { Host } from './quiche.js';

const EXPIRY_BYTES = 8;
const MAC_BYTES = 32;

/**
 * Proves that who sends from an address also hears there (RFC 9000, 8.1.2): the token of a Retry packet, good for one address,
 * one connection id and a few seconds. It carries the id that the client first chose: expiry, MAC, id.
 */
export class AddressTokens {
  readonly #key = randomBytes(32);

  /** @param scid ours, by which the client will go on */
  make(peer: Host, scid: Uint8Array, firstDcid: Uint8Array, nowMs = Date.now()): Buffer {
    const expiry = Buffer.alloc(EXPIRY_BYTES);
    expiry.writeDoubleBE(nowMs + TIME_LIMITS.tokenMs);
    return Buffer.concat([expiry, this.#mac(peer, scid, expiry, firstDcid), firstDcid]);
  }

  /** The id that the client first chose; undefined for any token that is not this address's and this connection's. */
  check(token: Uint8Array, peer: Host, scid: Uint8Array, nowMs = Date.now()): Uint8Array | undefined {
    if (token.length <= EXPIRY_BYTES + MAC_BYTES) return undefined;
    const bytes = Buffer.from(token);
    const expiry = bytes.subarray(0, EXPIRY_BYTES);
    const firstDcid = bytes.subarray(EXPIRY_BYTES + MAC_BYTES);
    const mac = bytes.subarray(EXPIRY_BYTES, EXPIRY_BYTES + MAC_BYTES);
    if (!timingSafeEqual(mac, this.#mac(peer, scid, expiry, firstDcid))) return undefined;
    return expiry.readDoubleBE() > nowMs ? firstDcid : undefined;
  }

  #mac({ host, port }: Host, scid: Uint8Array, expiry: Uint8Array, firstDcid: Uint8Array): Buffer {
    const mac = createHmac('sha256', this.#key).update(`${host} ${port} ${scid.length} `);
    return mac.update(scid).update(expiry).update(firstDcid).digest();
  }
}
