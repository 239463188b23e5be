import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { addressKind, inUrl, isLoopback, LOOPBACK, plainAddress } from '../config/address.js';
import type { ListenAddress } from '../config/listen.js';
import { WeirError } from '../observe/errors.js';
import { Anteroom } from './anteroom.js';
import { Crowd } from './crowd.js';
import { HTTP_LIMITS } from './limits.js';
import type { Certificate } from './tls/certificate.js';

/** What other machines are met with. */
export interface SecureDoor {
  readonly certificate: Certificate;
  /** Where somebody is sent who speaks plain HTTP to us at this address, from another machine. */
  wayIn(ownAddress: string): string;
}

/** A TLS record of the handshake (RFC 8446 5.1): a method of HTTP begins with a letter. */
const TLS_HANDSHAKE = 0x16;
const isLetter = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

/** A port that is free at one address may be taken at the other. */
const FREE_PORT_TRIES = 8;

/**
 * The sockets that HTTP listens on. With loopback alone it is plain HTTP. Otherwise one port serves both: a connection
 * that begins with TLS gets TLS; plain HTTP is for this machine's own loopback, where the kernel says who comes. One port,
 * because 0.0.0.0 leaves no room for another at 127.0.0.1, and so the address that people know is good everywhere.
 */
export class Doors {
  readonly #listeners: Server[] = [];
  readonly #crowd = new Crowd();
  /** Those that have not said a byte, or are not through with TLS. No process of this machine pushes another machine out. */
  readonly #waiting = { local: new Anteroom(HTTP_LIMITS.waiting), lan: new Anteroom(HTTP_LIMITS.waiting) };
  #present = 0;
  readonly #takeTls: ((socket: Socket) => void) | undefined;

  constructor(
    readonly http: HttpServer,
    readonly secure: SecureDoor | undefined,
  ) {
    const tls = secure?.certificate.tlsServer((socket) => this.#takeHttp(socket));
    this.#takeTls = tls && ((socket) => tls.emit('connection', socket));
  }

  /** Listens there, and on 127.0.0.1 in any case. The port that was got. Throws ADDRESS_IN_USE or LISTEN_REFUSED. */
  async open({ host, port }: ListenAddress): Promise<number> {
    const kind = addressKind(host);
    if (kind === 'senseless' || (kind !== 'loopback' && !this.secure)) {
      throw new WeirError(
        'LISTEN_REFUSED',
        `${host} is not a loopback address, and there is no certificate for others`,
      );
    }
    // HTTP's own limits of time begin with this event; the doors listen in its place.
    this.http.emit('listening');
    if (kind === 'loopback' || kind === 'any') return this.#listen(host, port);
    for (let tries = 1; ; tries += 1) {
      const got = await this.#listen(LOOPBACK, port);
      try {
        return await this.#listen(host, got);
      } catch (error) {
        const elsewhere = port === 0 && error instanceof WeirError && error.code === 'ADDRESS_IN_USE';
        if (!elsewhere || tries === FREE_PORT_TRIES) throw error;
        this.#listeners.pop()?.close();
      }
    }
  }

  /** Nobody comes in any more. */
  close(): void {
    for (const listener of this.#listeners.splice(0)) listener.close();
  }

  #listen(host: string, port: number): Promise<number> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#enter(socket));
    return new Promise((settle, fail) => {
      listener.on('error', (error) => fail(listenError(error, host, port)));
      listener.listen({ host, port, ipv6Only: host !== '::' }, () => {
        this.#listeners.push(listener);
        const bound = listener.address();
        settle(typeof bound === 'object' && bound ? bound.port : port);
      });
    });
  }

  #enter(socket: Socket): void {
    const from = plainAddress(socket.remoteAddress ?? '');
    const isLocal = isLoopback(from);
    if (this.#present >= HTTP_LIMITS.connections || (!isLocal && !this.#crowd.admit(from, performance.now()))) {
      socket.destroy();
      return;
    }
    this.#present += 1;
    socket.once('close', () => {
      this.#present -= 1;
      if (!isLocal) this.#crowd.leave(from);
    });
    if (!this.#takeTls) return void this.http.emit('connection', socket);
    this.#roomFor(socket).enter(socket);
    this.#sort(socket, isLocal, this.#takeTls);
  }

  #takeHttp(socket: Socket): void {
    this.#roomFor(socket).leave(socket);
    this.http.emit('connection', socket);
  }

  #roomFor(socket: Socket): Anteroom {
    return isLoopback(socket.remoteAddress ?? '') ? this.#waiting.local : this.#waiting.lan;
  }

  /** By its first byte. */
  #sort(socket: Socket, isLocal: boolean, takeTls: (socket: Socket) => void): void {
    const drop = (): void => void socket.destroy();
    socket.on('error', drop).on('end', drop);
    socket.setTimeout(HTTP_LIMITS.headersMs, drop);
    socket.once('data', (bytes: Buffer) => {
      socket.off('error', drop).off('end', drop).off('timeout', drop).setTimeout(0);
      const [first = 0] = bytes;
      if (first !== TLS_HANDSHAKE && !isLocal) return this.#sendAway(socket, first);
      socket.pause();
      socket.unshift(bytes);
      if (first === TLS_HANDSHAKE) takeTls(socket);
      else this.#takeHttp(socket);
      process.nextTick(() => socket.resume());
    });
  }

  #sendAway(socket: Socket, first: number): void {
    const url = this.secure?.wayIn(plainAddress(socket.localAddress ?? ''));
    if (!isLetter(first) || url === undefined) return void socket.destroy();
    // Whatever else it says is read and dropped, for so long: an unread byte would take the answer back (RST).
    const limit = setTimeout(() => socket.destroy(), HTTP_LIMITS.headersMs);
    socket.on('error', () => socket.destroy()).once('close', () => clearTimeout(limit));
    socket
      .resume()
      .end(
        `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${url}\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const place = `${inUrl(host)}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new WeirError('ADDRESS_IN_USE', `${place} is taken by another program`);
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new WeirError('LISTEN_REFUSED', `${host} is no address of this machine`);
    case 'EACCES':
      return new WeirError('LISTEN_REFUSED', `this user may not listen on ${place}`);
    default:
      return error;
  }
}
