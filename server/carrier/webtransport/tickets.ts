import { randomBytes } from 'node:crypto';
import { WeirError } from '../../observe/errors.js';
import type { Identity } from '../../session/port.js';
import { TICKET_LIMITS } from './limits.js';

interface Issued {
  readonly identity: Identity;
  readonly holder: string;
  readonly expiresMs: number;
}

/**
 * UDP says nothing of who sends: whoever passed the gate of HTTP gets a secret there that opens one session here, once and
 * soon. Times are of `performance.now`.
 */
export class Tickets {
  readonly #issued = new Map<string, Issued>();

  issue(identity: Identity, nowMs = performance.now()): string | WeirError {
    this.#forgetOld(nowMs);
    const holder = identity.pairing?.id ?? `process ${identity.pid ?? 'unknown'}`;
    const own = [...this.#issued.values()].filter((issued) => issued.holder === holder).length;
    if (this.#issued.size >= TICKET_LIMITS.all || own >= TICKET_LIMITS.perProcess) {
      return new WeirError(
        'TOO_BUSY',
        `${own} tickets of this browser are not used yet; wait ${TICKET_LIMITS.lifeMs} ms`,
      );
    }
    const ticket = randomBytes(TICKET_LIMITS.bytes).toString('base64url');
    this.#issued.set(ticket, { identity, holder, expiresMs: nowMs + TICKET_LIMITS.lifeMs });
    return ticket;
  }

  /** Whose it is; it is good no more. */
  redeem(ticket: string, nowMs = performance.now()): Identity | undefined {
    const issued = this.#issued.get(ticket);
    this.#issued.delete(ticket);
    return issued && issued.expiresMs > nowMs ? issued.identity : undefined;
  }

  /** The oldest are first. */
  #forgetOld(nowMs: number): void {
    for (const [ticket, { expiresMs }] of this.#issued) {
      if (expiresMs > nowMs) return;
      this.#issued.delete(ticket);
    }
  }
}
