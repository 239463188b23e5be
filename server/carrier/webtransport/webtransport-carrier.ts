import { WeirError } from '../../observe/errors.js';
import type { Identity, Inlet, Reception } from '../../session/port.js';
import { CHILD_LIMITS, LINK_LIMITS, TICKET_LIMITS } from './limits.js';
import type { Link } from './link/link.js';
import { certificateNews, KIND, type SessionRequest, sessionRequest } from './link/words.js';
import { QuicChild } from './quic-child.js';
import { Tickets } from './tickets.js';
import { WebTransportOutlet } from './webtransport-outlet.js';

export const WEBTRANSPORT_PATH = '/wt';

export interface WebTransportPlace {
  /** UDP addresses; the ports are those of HTTP. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** A page of this origin is ours. */
  isOwnOrigin(origin: string): boolean;
}

/** With what a page opens a session: once, and within `expiresS`. */
export interface Offer {
  readonly ticket: string;
  /** Base64 of the SHA-256 of the server's certificate (DER). */
  readonly certificateHash: string;
  readonly expiresS: number;
}

interface Joined {
  readonly identity: Identity;
  readonly outlet: WebTransportOutlet;
  readonly inlet: Inlet;
}

/**
 * The session over WebTransport at `/wt`: joins what the child that speaks QUIC brings to the reception. A page gets in with a
 * ticket that it fetched over HTTP, from a page of ours: anything else is answered with 403.
 */
export class WebTransportCarrier {
  readonly #reception: Reception;
  readonly #tickets = new Tickets();
  readonly #joined = new Map<number, Joined>();
  readonly #watch: NodeJS.Timeout;
  #place: WebTransportPlace | undefined;
  #child: QuicChild | undefined;
  /** Of the child that listens now. */
  #certificateHash: string | undefined;

  constructor(reception: Reception) {
    this.#reception = reception;
    this.#watch = setInterval(() => this.#endOfDeadProcesses(), LINK_LIMITS.beatMs);
  }

  start(place: WebTransportPlace): void {
    this.#place = place;
    this.#child = new QuicChild(
      { listen: [...place.listen] },
      { frame: (link, ...frame) => this.#hear(link, ...frame), died: () => this.#orphan() },
    );
  }

  /** For whoever passed the gate of HTTP. */
  offer(identity: Identity): Offer | WeirError {
    if (this.#certificateHash === undefined)
      return new WeirError('WEBTRANSPORT_OFF', 'this server has no WebTransport now');
    const ticket = this.#tickets.issue(identity);
    if (ticket instanceof WeirError) return ticket;
    return { ticket, certificateHash: this.#certificateHash, expiresS: TICKET_LIMITS.lifeMs / 1000 };
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    this.#certificateHash = undefined;
    for (const { inlet } of this.#leaveAll()) inlet.closed();
    await this.#child?.close();
  }

  /** False for what the child cannot have meant: it is foreign code, too. */
  #hear(link: Link, kind: number, session: number, bytes: Uint8Array): boolean {
    const joined = this.#joined.get(session);
    switch (kind) {
      case KIND.READY:
        return this.#ready(bytes);
      case KIND.ASK:
        return joined === undefined && this.#ask(link, session, bytes);
      case KIND.MESSAGE:
        joined?.inlet.receive(bytes, []);
        return true;
      case KIND.TAKEN:
        if (bytes.length !== 8) return false;
        joined?.outlet.taken(Buffer.from(bytes).readDoubleLE());
        return true;
      case KIND.CLOSED:
        this.#joined.delete(session);
        joined?.outlet.unplug();
        joined?.inlet.closed();
        return true;
      default:
        return false;
    }
  }

  #ready(bytes: Uint8Array): boolean {
    const news = certificateNews.safeParse(jsonOf(bytes));
    this.#certificateHash = news.data?.hash;
    return news.success;
  }

  #ask(link: Link, session: number, bytes: Uint8Array): boolean {
    const request = sessionRequest.safeParse(jsonOf(bytes));
    if (!request.success) return false;
    const identity = this.#identityOf(request.data);
    if (typeof identity === 'number') return refuse(link, session, identity);
    const outlet = new WebTransportOutlet(session, link);
    const inlet = this.#reception.accept({ ...identity, carrier: 'webtransport', sharedMemory: false }, outlet);
    if (inlet instanceof WeirError) return refuse(link, session, 503);
    this.#joined.set(session, { identity, outlet, inlet });
    link.send(KIND.ADMIT, session);
    return true;
  }

  /** Who asks, or the HTTP status of the refusal. A ticket that was shown anywhere is used up. */
  #identityOf({ path, origin }: SessionRequest): Identity | 404 | 403 {
    const [route, query] = path.split('?', 2);
    if (route !== WEBTRANSPORT_PATH) return 404;
    const identity = this.#tickets.redeem(new URLSearchParams(query).get('ticket') ?? '');
    return identity && this.#place?.isOwnOrigin(origin) ? identity : 403;
  }

  /** The child is gone; the sessions' streams have a little time to be taken over by the pages' next connections. */
  #orphan(): void {
    this.#certificateHash = undefined;
    const orphans = this.#leaveAll();
    setTimeout(() => {
      for (const { inlet } of orphans) inlet.closed();
    }, CHILD_LIMITS.orphanMs).unref();
  }

  #leaveAll(): Joined[] {
    const all = [...this.#joined.values()];
    this.#joined.clear();
    for (const { outlet } of all) outlet.unplug();
    return all;
  }

  /** A killed program says no good-bye over UDP: its streams shall not wait until silence tells. */
  #endOfDeadProcesses(): void {
    for (const [session, { identity, outlet, inlet }] of this.#joined) {
      if (identity.pid === undefined || isAlive(identity.pid)) continue;
      this.#joined.delete(session);
      outlet.close();
      inlet.closed();
    }
  }
}

function refuse(link: Link, session: number, status: number): true {
  const words = Buffer.alloc(2);
  words.writeUInt16LE(status);
  link.send(KIND.REFUSE, session, words);
  return true;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
