import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isLoopback } from '../../../config/address.js';
import { TIME_LIMITS } from '../limits.js';
import { H3_ERROR } from '../http3/words.js';
import { AddressTokens } from './address-token.js';
import type { ConnectionPlaces, Place } from './connection-places.js';
import { boundUdpPorts } from './local-ports.js';
import { type Host, INITIAL, type Quiche, type QuicheConfig, type QuicheHeader } from './quiche.js';
import { QuicConnection } from './quic-connection.js';

/** Length of the connection ids that we choose: nobody guesses 64 bits of chance, and each packet of the peer's carries them. */
const ID_BYTES = 8;
/** A client's first packet is no shorter (RFC 9000, 14.1): what we answer to anybody is never longer than what came. */
const FIRST_PACKET_BYTES = 1200;
const ANSWER_ROOM_BYTES = 1350;
/** What the kernel holds while this thread is busy. */
const SOCKET_BUFFER_BYTES = 1024 * 1024;

export interface EndpointOptions {
  readonly quiche: Quiche;
  readonly listen: Host;
  readonly places: ConnectionPlaces;
  /** What a connection that begins now is offered. */
  readonly config: () => QuicheConfig;
  /** A new connection; before its first packet is read. `place` is its own to mark as known; the endpoint frees it. */
  readonly begun: (connection: QuicConnection, place: Place, peer: Host) => void;
}

/** One UDP socket: which packet belongs to which connection, and who may begin one. */
export class UdpEndpoint {
  readonly #options: EndpointOptions;
  readonly #socket: Socket;
  readonly #tokens = new AddressTokens();
  readonly #connections = new Map<string, { readonly connection: QuicConnection; readonly peer: Host }>();
  readonly #watch: NodeJS.Timeout;

  private constructor(options: EndpointOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#receive(packet, from));
    // A peer that is gone shows as an error of the next send: its connection finds out by itself.
    socket.on('error', () => undefined);
    this.#watch = setInterval(() => void this.#lookAfterSilent(), TIME_LIMITS.askAliveMs);
  }

  /** Rejects with Node's error where the address cannot be had. */
  static async open(options: EndpointOptions): Promise<UdpEndpoint> {
    const { host, port } = options.listen;
    const isSix = host.includes(':');
    const socket = createSocket({
      type: isSix ? 'udp6' : 'udp4',
      ipv6Only: isSix,
      recvBufferSize: SOCKET_BUFFER_BYTES,
      sendBufferSize: SOCKET_BUFFER_BYTES,
      // All that is sent goes to addresses that packets came from: there is nothing to look up.
      lookup: (address, _options, done) => done(null, address, isSix ? 6 : 4),
    });
    await new Promise<void>((bound, failed) => {
      socket.once('error', failed);
      socket.bind({ port, address: host, exclusive: true }, () => {
        socket.off('error', failed);
        bound();
      });
    });
    return new UdpEndpoint(options, socket);
  }

  close(): void {
    clearInterval(this.#watch);
    this.#socket.close();
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    const header = this.#headerOf(packet);
    if (!header) return;
    const peer = { host: from.address, port: from.port };
    const connection = this.#connections.get(keyOf(header.dcid))?.connection ?? this.#greet(packet, header, peer);
    connection?.receive(packet, { from: peer, to: this.#options.listen });
  }

  #headerOf(packet: Buffer): QuicheHeader | undefined {
    try {
      return this.#options.quiche.Header.fromSlice(packet, ID_BYTES);
    } catch {
      return undefined;
    }
  }

  /** The new connection of a client that has shown that it hears where it sends from; anybody else gets at most a Retry. */
  #greet(packet: Buffer, header: QuicheHeader, peer: Host): QuicConnection | undefined {
    if (header.ty !== INITIAL || packet.length < FIRST_PACKET_BYTES) return undefined;
    const { quiche } = this.#options;
    const { version, scid, dcid, token } = header;
    if (!quiche.versionIsSupported(version)) {
      return this.#answer(peer, (room) => quiche.negotiateVersion(scid, dcid, room));
    }
    if (!token || token.length === 0) {
      const ours = randomBytes(ID_BYTES);
      const proof = this.#tokens.make(peer, ours, dcid);
      return this.#answer(peer, (room) => quiche.retry(scid, dcid, ours, proof, version, room));
    }
    const firstDcid = this.#tokens.check(token, peer, dcid);
    return firstDcid && this.#accept(dcid, firstDcid, peer);
  }

  #accept(scid: Uint8Array, firstDcid: Uint8Array, peer: Host): QuicConnection | undefined {
    const { quiche, places, config, listen, begun } = this.#options;
    const place = places.take(peer.host);
    if (!place) return undefined;
    const key = keyOf(scid);
    const connection = new QuicConnection(quiche.Connection.accept(scid, firstDcid, listen, peer, config()), {
      transmit: (packet) => this.#socket.send(packet, peer.port, peer.host),
      gone: () => {
        this.#connections.delete(key);
        place.free();
      },
    });
    this.#connections.set(key, { connection, peer });
    begun(connection, place, peer);
    return connection;
  }

  /** Nobody is remembered for it. */
  #answer(peer: Host, write: (room: Buffer) => number): undefined {
    const room = Buffer.alloc(ANSWER_ROOM_BYTES);
    try {
      this.#socket.send(room.subarray(0, write(room)), peer.port, peer.host);
    } catch {
      // Connection ids of a length that no packet can carry.
    }
  }

  /** A browser's tab that is closed says nothing: of this machine's own the kernel says that its socket is gone. */
  async #lookAfterSilent(): Promise<void> {
    const silent = [...this.#connections.values()].filter(
      ({ connection }) => connection.silentMs >= TIME_LIMITS.askAliveMs,
    );
    for (const { connection } of silent) connection.askAlive();
    const local = silent.filter(({ peer }) => isLoopback(peer.host));
    const bound = local.length > 0 ? await boundUdpPorts() : undefined;
    if (bound)
      for (const { connection, peer } of local) if (!bound.has(peer.port)) connection.close(H3_ERROR.NO_ERROR, '');
  }
}

function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}
