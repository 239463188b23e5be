import { SIZE_LIMITS } from '../limits.js';
import { SHUTDOWN, type Host, type QuicheConnection } from './quiche.js';
import { SendQueue } from './send-queue.js';

/** One for all connections: what is read is passed on before the next read. */
const READ_ROOM = Buffer.alloc(64 * 1024);

/** Who takes what comes on one stream. The bytes are good until the call returns. */
export interface StreamReader {
  data(bytes: Uint8Array): void;
  /** The peer ended it, or broke it off. */
  ended(): void;
}

export interface QuicEvents {
  established(): void;
  /** The peer opened a stream. */
  opened(stream: number): StreamReader;
  datagram(bytes: Uint8Array): void;
  /** The peer wants no more of a stream of which something was to be sent. */
  stopped(stream: number): void;
  /** Told once. */
  closed(): void;
}

/** What a connection has of its socket. */
export interface QuicSocket {
  /** Sends a packet to the peer. */
  transmit(packet: Uint8Array): void;
  /** The connection has ended: no packet is for it any more. */
  gone(): void;
}

/** One QUIC connection: packets in, packets out, its streams and datagrams. quiche does the work. */
export class QuicConnection {
  /** Set before the first packet is received. */
  events: QuicEvents | undefined;
  readonly #quiche: QuicheConnection;
  readonly #socket: QuicSocket;
  readonly #readers = new Map<number, StreamReader>();
  readonly #queues = new Map<number, SendQueue>();
  readonly #room = Buffer.alloc(SIZE_LIMITS.udpPayloadBytes);
  #timer: NodeJS.Timeout | undefined;
  #established = false;
  #reading = true;
  #flushing = false;
  #heardMs = performance.now();
  #closed = false;

  constructor(quiche: QuicheConnection, socket: QuicSocket) {
    this.#quiche = quiche;
    this.#socket = socket;
  }

  /** A packet of this connection. Whatever is wrong with it, it concerns this connection alone. */
  receive(packet: Uint8Array, path: { from: Host; to: Host }): void {
    if (this.#closed) return;
    try {
      this.#quiche.recv(packet, path);
      this.#heardMs = performance.now();
    } catch {
      // A broken or doubled packet is dropped; what breaks the connection has closed it inside quiche.
    }
    this.#process();
    this.#flush();
  }

  /** Milliseconds since the peer's last packet. */
  get silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  /** Makes the peer answer, if it lives. */
  askAlive(): void {
    this.#attempt(() => this.#quiche.sendAckEliciting());
    this.#flushSoon();
  }

  /** False: streams are not read, so that the peer's windows fill; datagrams are dropped. */
  setReading(reading: boolean): void {
    if (this.#reading === reading || this.#closed) return;
    this.#reading = reading;
    if (reading) {
      this.#process();
      this.#flushSoon();
    }
  }

  /** Queues bytes; they are the connection's from here on. Nothing after `fin`. */
  write(stream: number, bytes: Uint8Array, fin = false): void {
    if (this.#closed) return;
    let queue = this.#queues.get(stream);
    if (!queue) this.#queues.set(stream, (queue = new SendQueue()));
    queue.push(bytes, fin);
    this.#pump(stream, queue);
    this.#flushSoon();
  }

  /** Bytes that a stream has not taken yet. */
  queuedBytes(stream: number): number {
    return this.#queues.get(stream)?.sizeBytes ?? 0;
  }

  /** The peer lets us open another unidirectional stream. */
  get mayOpenUni(): boolean {
    return (this.#attempt(() => this.#quiche.peerStreamsLeftUni()) ?? 0) > 0;
  }

  /** Tells the peer that a stream of its is not wanted. */
  refuse(stream: number, code: number): void {
    this.#readers.delete(stream);
    this.#attempt(() => this.#quiche.streamShutdown(stream, SHUTDOWN.READ, code));
    if ((stream & 2) === 0) this.#attempt(() => this.#quiche.streamShutdown(stream, SHUTDOWN.WRITE, code));
    this.#flushSoon();
  }

  /** The longest datagram now; 0 where the peer takes none. */
  get datagramBytes(): number {
    return this.#attempt(() => this.#quiche.dgramMaxWritableLen()) ?? 0;
  }

  get queuedDatagramBytes(): number {
    return this.#attempt(() => this.#quiche.dgramSendQueueByteSize()) ?? 0;
  }

  /** Where too many wait, the older half of them is thrown away: sound does not get better with age. */
  sendDatagram(bytes: Uint8Array): void {
    if (this.#closed) return;
    const sent = this.#attempt(() => (this.#quiche.dgramSend(bytes), true));
    if (!sent) {
      let purged = 0;
      this.#attempt(() => this.#quiche.dgramPurgeOutgoing(() => purged++ < SIZE_LIMITS.datagrams / 2));
      this.#attempt(() => this.#quiche.dgramSend(bytes));
    }
    this.#flushSoon();
  }

  /** `code` is HTTP/3's. */
  close(code: number, reason: string): void {
    this.#attempt(() => this.#quiche.close(true, code, Buffer.from(reason)));
    this.#flush();
    this.#end();
  }

  #process(): void {
    if (!this.#established && this.#quiche.isEstablished()) {
      this.#established = true;
      this.events?.established();
    }
    if (!this.#established) return;
    if (this.#reading)
      for (const stream of [...this.#readers.keys()]) if (this.#quiche.streamReadable(stream)) this.#read(stream);
    this.#takeDatagrams();
    // quiche's own list is an object that only a full collection frees: with one for each packet, sound waited for those.
    if (this.#reading && this.#quiche.isReadable())
      for (const stream of [...this.#quiche.readable()]) this.#read(stream);
    for (const [stream, queue] of this.#queues) this.#pump(stream, queue);
  }

  #read(stream: number): void {
    let reader = this.#readers.get(stream);
    for (;;) {
      if (this.#closed || !this.#reading) return;
      const got = this.#receive(stream);
      if (got === 'nothing') return;
      if (!reader && got !== 'broken') {
        reader = this.events?.opened(stream);
        if (reader) this.#readers.set(stream, reader);
      }
      if (got !== 'broken' && got.bytes.length > 0) reader?.data(got.bytes);
      if (got !== 'broken' && !got.fin) continue;
      this.#readers.delete(stream);
      return reader?.ended();
    }
  }

  #receive(stream: number): { bytes: Uint8Array; fin: boolean } | 'nothing' | 'broken' {
    try {
      const got = this.#quiche.streamRecv(stream, READ_ROOM);
      return got ? { bytes: READ_ROOM.subarray(0, got[0]), fin: got[1] } : 'nothing';
    } catch (error) {
      return error instanceof Error && error.message.includes('Done') ? 'nothing' : 'broken';
    }
  }

  #takeDatagrams(): void {
    for (;;) {
      const bytes = this.#attempt(() => this.#quiche.dgramRecvVec());
      if (!bytes) return;
      if (this.#reading) this.events?.datagram(bytes);
    }
  }

  #pump(stream: number, queue: SendQueue): void {
    const outcome = queue.drain((bytes, fin) => this.#quiche.streamSend(stream, bytes, fin));
    if (outcome === 'waiting') return;
    this.#queues.delete(stream);
    if (outcome === 'broken') this.events?.stopped(stream);
  }

  #flushSoon(): void {
    if (this.#flushing || this.#closed) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed) return;
    for (;;) {
      const sent = this.#attempt(() => this.#quiche.send(this.#room));
      if (!sent) break;
      // The socket keeps what it is given until it is sent.
      this.#socket.transmit(Uint8Array.prototype.slice.call(this.#room, 0, sent[0]));
    }
    clearTimeout(this.#timer);
    if (this.#quiche.isClosed()) return this.#end();
    const timeoutMs = this.#quiche.timeout();
    if (timeoutMs !== null) this.#timer = setTimeout(() => this.#timedOut(), Math.ceil(timeoutMs));
  }

  #timedOut(): void {
    this.#attempt(() => this.#quiche.onTimeout());
    this.#process();
    this.#flush();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#queues.clear();
    this.#readers.clear();
    this.#socket.gone();
    this.events?.closed();
  }

  /** What quiche refuses is undefined: it says "Done" for not now, and other words for what its own state already shows. */
  #attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch {
      return undefined;
    }
  }
}
