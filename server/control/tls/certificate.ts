import { constants, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { WeirError } from '../../observe/errors.js';
import { logOf } from '../../observe/log.js';
import type { Pair } from './authority.js';
import type { CertificateSource } from './certificate-source.js';
import { TLS_LIMITS } from './limits.js';

const log = logOf('tls');

/** A second handshake within a connection costs us far more than who asks for it; TLS 1.3 has none. */
const MANNERS = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;

/** Our CA, as browsers get it. */
export interface Authority {
  readonly pem: string;
  /** SHA-256 in hexadecimal, a colon between bytes. */
  readonly fingerprint: string;
}

/** The first name that stands for one host, no wildcard. */
const NAME = /(?:^|, )DNS:([a-z0-9.-]+)/i;

/** The certificate that the server shows, and the watch over it: a new one is in use at once, for new connections. */
export class Certificate {
  readonly #changed = new Set<() => void>();
  readonly #looked = new Set<() => void>();
  #parsed: X509Certificate;
  #pair: Pair;
  #complaint = '';
  #watch: NodeJS.Timeout | undefined;

  private constructor(
    readonly source: CertificateSource,
    pair: Pair,
  ) {
    this.#pair = pair;
    this.#parsed = new X509Certificate(pair.cert);
  }

  /** Fails where there is nothing to begin with; later, whatever breaks, the last good one stays. */
  static async open(source: CertificateSource): Promise<Certificate | WeirError> {
    const pair = await source.look();
    if (pair instanceof WeirError) return pair;
    if (!pair) return new WeirError('CERTIFICATE_UNUSABLE', 'there is no certificate');
    const certificate = new Certificate(source, pair);
    certificate.#lookLater();
    return certificate;
  }

  /** Whether it is for this DNS name, or this address without brackets. */
  covers(host: string): boolean {
    if (isIP(host) !== 0) return this.#parsed.checkIP(host) !== undefined;
    return this.#parsed.checkHost(host, { subject: 'never' }) !== undefined;
  }

  /** Of our CA, as browsers show it; undefined with the owner's certificate. */
  authority(): Authority | undefined {
    const { authority } = this.source;
    return authority === undefined
      ? undefined
      : { pem: authority, fingerprint: new X509Certificate(authority).fingerprint256 };
  }

  /** A name or an address that it is for, such as a person may type. */
  firstName(): string | undefined {
    return NAME.exec(this.#parsed.subjectAltName ?? '')?.[1];
  }

  /** A TLS server that listens nowhere: connections are brought to it. It shows whichever certificate is in use. */
  tlsServer(take: (socket: TLSSocket) => void): Server {
    const server = createServer({
      ...this.#pair,
      ...MANNERS,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: TLS_LIMITS.handshakeMs,
    });
    server.on('secureConnection', take);
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#changed.add(() => server.setSecureContext({ ...this.#pair, ...MANNERS }));
    return server;
  }

  /** After each look, whatever it found: our addresses may be others where the certificate is the same. */
  onLook(call: () => void): void {
    this.#looked.add(call);
  }

  close(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
    this.#changed.clear();
    this.#looked.clear();
  }

  #lookLater(): void {
    this.#watch = setTimeout(() => {
      const watch = this.#watch;
      void this.#look().then(() => {
        for (const call of this.#looked) tryCall(call);
        if (this.#watch === watch) this.#lookLater();
      });
    }, TLS_LIMITS.watchMs).unref();
  }

  /** Once a fault, however often it is met. */
  #complain({ code, what }: WeirError): void {
    if (what !== this.#complaint) log.warn({ code }, `${what}; the last good certificate stays`);
    this.#complaint = what;
  }

  /** Never rejects: the watch goes on. */
  async #look(): Promise<void> {
    try {
      const pair = await this.source.look();
      if (pair instanceof WeirError) this.#complain(pair);
      else if (pair) this.#use(pair);
    } catch (error) {
      this.#complain(new WeirError('CERTIFICATE_UNUSABLE', String(error)));
    }
  }

  #use(pair: Pair): void {
    this.#parsed = new X509Certificate(pair.cert);
    this.#pair = pair;
    this.#complaint = '';
    log.info({ until: this.#parsed.validTo }, 'a new certificate is in use');
    for (const call of this.#changed) tryCall(call);
  }
}

/** One of those that want to know may fail: the others hear of it, and the watch goes on. */
function tryCall(call: () => void): void {
  try {
    call();
  } catch (error) {
    log.error(error, 'it could not be told what is new');
  }
}
