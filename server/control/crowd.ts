import { isIPv6 } from 'node:net';
import { neighbourhood } from '../config/address.js';
import { HTTP_LIMITS } from './limits.js';

interface Visitor {
  /** Connections now. */
  open: number;
  /** Connections since `sinceMs`. */
  recent: number;
  sinceMs: number;
}

/**
 * How many connections other machines may hold, all together and each: nobody fills the place, and nobody tries keys or
 * handshakes as fast as the network goes. Times are of any monotonic clock, in ms.
 */
export class Crowd {
  /** By address, of IPv6 by network. */
  readonly #visitors = new Map<string, Visitor>();
  #open = 0;

  /** Whether a connection from this address is taken; if so, it has to leave. */
  admit(address: string, nowMs: number): boolean {
    const visitor = this.#visitorFrom(neighbourhood(address), nowMs);
    if (!visitor || this.#open >= HTTP_LIMITS.lanConnections) return false;
    const share = isIPv6(address) ? HTTP_LIMITS.networkShare : 1;
    if (visitor.open >= HTTP_LIMITS.addressConnections * share) return false;
    if (visitor.recent >= HTTP_LIMITS.openings * share) return false;
    visitor.open += 1;
    visitor.recent += 1;
    this.#open += 1;
    return true;
  }

  leave(address: string): void {
    const visitor = this.#visitors.get(neighbourhood(address));
    if (!visitor) return;
    visitor.open -= 1;
    this.#open -= 1;
  }

  #visitorFrom(where: string, nowMs: number): Visitor | undefined {
    const known = this.#visitors.get(where);
    if (known) {
      if (isOver(known, nowMs)) Object.assign(known, { recent: 0, sinceMs: nowMs });
      return known;
    }
    if (this.#visitors.size >= HTTP_LIMITS.countedAddresses) this.#forget(nowMs);
    if (this.#visitors.size >= HTTP_LIMITS.countedAddresses) return undefined;
    const visitor: Visitor = { open: 0, recent: 0, sinceMs: nowMs };
    this.#visitors.set(where, visitor);
    return visitor;
  }

  #forget(nowMs: number): void {
    for (const [where, visitor] of this.#visitors)
      if (visitor.open === 0 && isOver(visitor, nowMs)) this.#visitors.delete(where);
  }
}

const isOver = ({ sinceMs }: Visitor, nowMs: number): boolean => nowMs - sinceMs >= HTTP_LIMITS.openingsMs;
