import { H3Connection } from './http3/h3-connection.js';
import { H3_ERROR } from './http3/words.js';
import { LINK_LIMITS, TIME_LIMITS } from './limits.js';
import type { Link } from './link/link.js';
import { KIND, type SessionRequest } from './link/words.js';
import type { Place } from './quic/connection-places.js';
import type { QuicConnection } from './quic/quic-connection.js';
import type { Host } from './quic/quiche.js';
import { WebTransportSession } from './webtransport-session.js';

/** One connection on its way from a stranger's to a session's. */
interface Entry {
  readonly quic: QuicConnection;
  readonly h3: H3Connection;
  readonly place: Place;
  session?: WebTransportSession;
  /** Of all messages that the server ever gave it. */
  givenBytes: number;
  toldBytes: number;
  /** Of its messages to the server: in the pipe still. */
  unreadBytes: number;
  timer: NodeJS.Timeout;
}

/** All connections of the child, by the number that the server knows them by; joins each to the pipe. */
export class ChildSessions {
  readonly #link: Link;
  readonly #entries = new Map<number, Entry>();
  readonly #changed = new Set<Entry>();
  #lastNumber = 0;
  #telling: NodeJS.Timeout | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  begin(quic: QuicConnection, place: Place, peer: Host): void {
    const number = ++this.#lastNumber;
    const h3 = new H3Connection(quic, {
      asked: (request) => this.#ask(number, { ...request, address: peer.host }),
      closed: () => this.#closed(number),
    });
    const timer = setTimeout(() => quic.close(H3_ERROR.NO_ERROR, 'no session in time'), TIME_LIMITS.admissionMs);
    this.#entries.set(number, { quic, h3, place, givenBytes: 0, toldBytes: 0, unreadBytes: 0, timer });
  }

  /** What the server says of a session; it may be over here already. */
  hear(kind: number, number: number, bytes: Uint8Array): void {
    const entry = this.#entries.get(number);
    if (!entry) return;
    switch (kind) {
      case KIND.ADMIT:
        return this.#admit(number, entry);
      case KIND.REFUSE:
        entry.h3.refuse(Buffer.from(bytes).readUInt16LE());
        return this.#farewell(entry);
      case KIND.MESSAGE:
      case KIND.SOUND:
        return this.#give(entry, bytes.slice(), kind === KIND.SOUND);
      case KIND.CLOSE:
        entry.session?.end();
        return this.#farewell(entry);
    }
  }

  /** The server has ended. */
  close(): void {
    for (const { quic } of [...this.#entries.values()]) quic.close(H3_ERROR.NO_ERROR, 'the server has ended');
  }

  #ask(number: number, request: SessionRequest): void {
    this.#link.sendJson(KIND.ASK, number, request);
  }

  #admit(number: number, entry: Entry): void {
    if (entry.session) return;
    clearTimeout(entry.timer);
    entry.place.known();
    entry.session = new WebTransportSession(entry.quic, entry.h3.sessionId, {
      message: (bytes) => this.#tell(number, entry, bytes),
      over: () => entry.quic.close(H3_ERROR.NO_ERROR, ''),
    });
    entry.h3.admit(entry.session);
  }

  #give(entry: Entry, message: Uint8Array, isSound: boolean): void {
    entry.givenBytes += message.length;
    if (isSound) entry.session?.sendSound(message);
    else entry.session?.send(message);
    this.#changed.add(entry);
    this.#telling ??= setTimeout(() => this.#tellTaken(), LINK_LIMITS.takenMs);
  }

  /**
   * Where the server does not keep up, the peers' windows fill instead of our memory: of those with more than their share of
   * the pipe. One that floods costs the others no sound.
   */
  #tell(number: number, entry: Entry, message: Uint8Array): void {
    entry.unreadBytes += message.length;
    this.#link.send(KIND.MESSAGE, number, message.slice(), () => {
      entry.unreadBytes -= message.length;
      if (entry.unreadBytes === 0) entry.quic.setReading(true);
    });
    const { congestedBytes } = LINK_LIMITS;
    const isCongested = this.#link.queuedBytes > congestedBytes;
    if (isCongested && entry.unreadBytes > congestedBytes / this.#entries.size) entry.quic.setReading(false);
  }

  #tellTaken(): void {
    this.#telling = undefined;
    for (const [number, entry] of this.#entries) {
      if (!this.#changed.has(entry)) continue;
      const heldBytes = entry.session?.heldBytes ?? 0;
      if (heldBytes === 0) this.#changed.delete(entry);
      // What is held has its framing's bytes, too: never less than nothing was taken.
      const takenBytes = Math.max(entry.toldBytes, entry.givenBytes - heldBytes);
      if (takenBytes === entry.toldBytes) continue;
      entry.toldBytes = takenBytes;
      const words = Buffer.alloc(8);
      words.writeDoubleLE(takenBytes);
      this.#link.send(KIND.TAKEN, number, words);
    }
    if (this.#changed.size > 0) this.#telling = setTimeout(() => this.#tellTaken(), LINK_LIMITS.takenMs);
  }

  /** What is queued has a little time to leave. */
  #farewell({ quic, timer }: Entry): void {
    clearTimeout(timer);
    setTimeout(() => quic.close(H3_ERROR.NO_ERROR, ''), TIME_LIMITS.farewellMs);
  }

  #closed(number: number): void {
    const entry = this.#entries.get(number);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.#entries.delete(number);
    this.#changed.delete(entry);
    this.#link.send(KIND.CLOSED, number);
  }
}
