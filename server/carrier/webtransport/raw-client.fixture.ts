import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Deframer } from '../../../native-shim/client/framing.js';
import { frame } from './http3/frames.js';
import { FRAME, SETTING, UNI } from './http3/words.js';
import { decodeFields, encodeFields, type Field } from './qpack/field-section.js';
import type { Host, Quiche, QuicheConfig, QuicheConnection } from './quic/quiche.js';
import { loadQuiche } from './quic/quiche.js';
import { varint } from './quic/varint.js';

/** The other half of quiche, that only a client needs. */
interface ClientQuiche extends Quiche {
  readonly Config: Quiche['Config'] & { new (): QuicheConfig & { verifyPeer(verify: boolean): void } };
  readonly Connection: Quiche['Connection'] & {
    connect(name: string, scid: Uint8Array, local: Host, peer: Host, config: QuicheConfig): ClientConnection;
  };
}
interface ClientConnection extends QuicheConnection {
  peerError(): { errorCode: number; reason: Uint8Array } | null;
  isDraining(): boolean;
}

export const ORIGIN = 'http://weir.test';
const LIMIT_MS = 15_000;

/** Chromium's fields, in its order. */
export function connectFields(path: string, changes: Readonly<Record<string, string | undefined>> = {}): Field[] {
  const fields: Record<string, string | undefined> = {
    ':scheme': 'https',
    ':method': 'CONNECT',
    ':authority': 'weir.test',
    ':path': path,
    ':protocol': 'webtransport',
    'sec-webtransport-http3-draft02': '1',
    origin: ORIGIN,
    ...changes,
  };
  return Object.entries(fields).flatMap(([name, value]): Field[] => (value === undefined ? [] : [[name, value]]));
}

/** The framing of one message on a stream. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(message.length);
  return Buffer.concat([length, message]);
}

/** A QUIC client that sends whatever a test wants: no HTTP/3 but what is asked for. */
export class RawClient {
  readonly streams = new Map<number, Buffer>();
  readonly finished = new Set<number>();
  readonly datagrams: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    readonly quic: ClientConnection,
    readonly socket: Socket,
    readonly server: Host,
    readonly local: Host,
  ) {}

  /** Begins a connection; `established` says when it is one. */
  static async begin(port: number, address = '127.0.0.1'): Promise<RawClient> {
    const quiche = loadQuiche() as ClientQuiche;
    const config = new quiche.Config();
    config.verifyPeer(false);
    config.setApplicationProtos(['h3']);
    config.setMaxIdleTimeout(30_000);
    config.setMaxRecvUdpPayloadSize(1350);
    config.setMaxSendUdpPayloadSize(1350);
    config.setInitialMaxData(1e7);
    config.setInitialMaxStreamDataBidiLocal(1e6);
    config.setInitialMaxStreamDataBidiRemote(1e6);
    config.setInitialMaxStreamDataUni(1e6);
    config.setInitialMaxStreamsBidi(16);
    config.setInitialMaxStreamsUni(16);
    config.enableDgram(true, 1000, 1000);
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    const [local, server] = [
      { host: address, port: socket.address().port },
      { host: '127.0.0.1', port },
    ];
    const quic = quiche.Connection.connect('localhost', randomBytes(16), local, server, config);
    const client = new RawClient(quic, socket, server, local);
    socket.on('message', (packet) => client.#receive(packet));
    client.flush();
    return client;
  }

  static async established(port: number, address?: string): Promise<RawClient> {
    const client = await RawClient.begin(port, address);
    await client.until('the handshake', () => client.quic.isEstablished());
    return client;
  }

  /** With control stream and settings, as any HTTP/3 client begins; its CONNECT is answered with this status. */
  static async asked(
    port: number,
    fields: readonly Field[],
    address?: string,
  ): Promise<{ client: RawClient; status: string }> {
    const client = await RawClient.established(port, address);
    client.settle();
    client.write(0, frame(FRAME.HEADERS, encodeFields(fields)));
    return { client, status: await client.status(0) };
  }

  /** A session by this ticket, with its reliable stream (4). */
  static async joined(port: number, ticket: string, address?: string): Promise<RawClient> {
    const { client, status } = await RawClient.asked(port, connectFields(`/wt?ticket=${ticket}`), address);
    if (status !== '200') throw new Error(`answered with ${status}`);
    client.write(4, Buffer.concat([varint(FRAME.WEBTRANSPORT_STREAM), varint(0)]));
    return client;
  }

  settle(): void {
    const settings = [SETTING.H3_DATAGRAM, SETTING.ENABLE_WEBTRANSPORT].flatMap((id) => [varint(id), varint(1)]);
    this.write(2, Buffer.concat([varint(UNI.CONTROL), frame(FRAME.SETTINGS, Buffer.concat(settings))]));
  }

  /** False when the stream, or the connection, takes it no more. */
  write(stream: number, bytes: Uint8Array, fin = false): boolean {
    try {
      return this.quic.streamSend(stream, bytes, fin) === bytes.length;
    } catch {
      return false;
    } finally {
      this.flush();
    }
  }

  /** All of it, as the windows open. */
  async writeAll(stream: number, bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    await this.until('everything is taken', () => {
      rest = rest.subarray(this.quic.streamSend(stream, rest, false) ?? 0);
      this.flush();
      return rest.length === 0;
    });
  }

  datagram(bytes: Uint8Array): void {
    try {
      this.quic.dgramSend(bytes);
    } catch {
      // Its queue is full: a flood.
    }
    this.flush();
  }

  /** The status of a response that is headers alone. */
  async status(stream: number): Promise<string> {
    const answer = await this.until(`an answer on ${stream}`, () => this.streams.get(stream));
    const section = answer.subarray(2, 2 + (answer[1] ?? 0));
    return decodeFields(section)?.find(([name]) => name === ':status')?.[1] ?? 'none';
  }

  /** The next messages of the reliable stream, as many as there are now. */
  messages(stream = 4): string[] {
    const deframer = new Deframer(1e6);
    const bytes = this.streams.get(stream) ?? Buffer.alloc(0);
    const messages: string[] = [];
    for (const next of deframer.push(bytes)) {
      if (next instanceof Uint8Array) messages.push(Buffer.from(next).toString());
    }
    return messages;
  }

  /** The code with which the server closed the connection. */
  async closedWith(): Promise<number> {
    return this.until('the connection ends', () => this.quic.peerError()?.errorCode);
  }

  async until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const endMs = performance.now() + LIMIT_MS;
    for (;;) {
      const seen = look();
      if (seen !== undefined && seen !== false) return seen;
      if (performance.now() > endMs) throw new Error(`${what}: not in time`);
      await new Promise((settle) => setTimeout(settle, 5));
    }
  }

  /** Gone without a word. */
  vanish(): void {
    clearTimeout(this.#timer);
    this.socket.close();
  }

  /** There, and never says a word again. */
  fallSilent(): void {
    clearTimeout(this.#timer);
    this.socket.removeAllListeners('message');
  }

  flush(): void {
    const room = Buffer.alloc(1350);
    for (;;) {
      const sent = this.#attempt(() => this.quic.send(room));
      if (!sent) break;
      this.socket.send(Buffer.from(room.subarray(0, sent[0])), this.server.port, this.server.host);
    }
    clearTimeout(this.#timer);
    const timeoutMs = this.quic.timeout();
    if (timeoutMs === null) return;
    this.#timer = setTimeout(() => {
      this.quic.onTimeout();
      this.flush();
    }, timeoutMs);
  }

  #receive(packet: Buffer): void {
    this.#attempt(() => this.quic.recv(packet, { from: this.server, to: this.local }));
    if (this.quic.isEstablished()) for (const stream of [...this.quic.readable()]) this.#read(stream);
    for (let got = this.#datagram(); got; got = this.#datagram()) this.datagrams.push(Buffer.from(got));
    this.flush();
  }

  #datagram(): Uint8Array | null | undefined {
    return this.#attempt(() => this.quic.dgramRecvVec());
  }

  #read(stream: number): void {
    const room = Buffer.alloc(65_536);
    for (;;) {
      const got = this.#attempt(() => this.quic.streamRecv(stream, room));
      if (!got) return;
      const before = this.streams.get(stream) ?? Buffer.alloc(0);
      this.streams.set(stream, Buffer.concat([before, room.subarray(0, got[0])]));
      if (got[1]) return void this.finished.add(stream);
    }
  }

  #attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch {
      return undefined;
    }
  }
}
