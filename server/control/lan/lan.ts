import { isIPv4 } from 'node:net';
import { addressKind, inUrl } from '../../config/address.js';
import type { ListenAddress } from '../../config/listen.js';
import type { TlsFiles } from '../../config/load.js';
import { WeirError } from '../../observe/errors.js';
import { logOf } from '../../observe/log.js';
import type { SecureDoor } from '../doors.js';
import { type Authority, Certificate } from '../tls/certificate.js';
import { OwnCertificate } from '../tls/own-certificate.js';
import { findOwnNames } from '../tls/own-names.js';
import { OwnerCertificate } from '../tls/owner-certificate.js';
import { Announcer } from './announcer.js';
import { type PlainPage, startPlainPage } from './plain-page.js';

const log = logOf('lan');

export interface LanOptions {
  readonly listen: ListenAddress;
  readonly stateDir: string;
  /** The owner's certificate; without it, one from a CA of our own. */
  readonly tls?: TlsFiles;
  /** Announced by mDNS. */
  readonly mdns: boolean;
}

/**
 * What other machines need, beside HTTP itself: a certificate, a page over plain HTTP that explains it, and to hear of us.
 * Made before HTTP listens, since HTTP shows the certificate; `open` tells it the port that HTTP got.
 */
export class Lan implements SecureDoor {
  readonly #announcer = new Announcer();
  #port = 0;
  #plainPage: PlainPage | undefined;

  private constructor(
    readonly options: LanOptions,
    readonly certificate: Certificate,
  ) {}

  /** Undefined: only loopback is listened on, and nobody else can come. */
  static async prepare(options: LanOptions): Promise<Lan | undefined | WeirError> {
    const { listen, tls, stateDir } = options;
    if (addressKind(listen.host) === 'loopback') return undefined;
    const source = tls ? new OwnerCertificate(tls) : OwnCertificate.in(stateDir);
    if (source instanceof WeirError) return source;
    const certificate = await Certificate.open(source);
    return certificate instanceof WeirError ? certificate : new Lan(options, certificate);
  }

  /** HTTP listens on this port. `told` hears where others find us, now and when that changes. */
  async open(port: number, told: (urls: string[]) => void): Promise<void> {
    this.#port = port;
    const { certificate } = this;
    if (certificate.authority()) {
      this.#plainPage = await startPlainPage({ ...this.options.listen, port }, certificate);
    }
    const tell = (): void => {
      this.#announce();
      told(this.urls());
    };
    tell();
    certificate.onLook(tell);
    log.info({ urls: this.urls() }, 'the mixer for other machines');
    if (this.plainUrl)
      log.info({ url: this.plainUrl, caSha256: this.authority?.fingerprint }, 'the page that explains it');
  }

  /** Where other machines find the mixer, the surest first: https://ADDRESS:PORT, then the names. */
  urls(): string[] {
    return this.#places().map((place) => `https://${inUrl(place)}:${this.#port}`);
  }

  /** Of the page that explains the certificate; with the owner's certificate there is none. */
  get plainUrl(): string | undefined {
    return this.#plainPage?.urlAt(this.#places()[0] ?? 'localhost');
  }

  /** Our CA; with the owner's certificate there is none. */
  get authority(): Authority | undefined {
    return this.certificate.authority();
  }

  wayIn(ownAddress: string): string {
    const place = this.certificate.covers(ownAddress) ? ownAddress : (this.certificate.firstName() ?? ownAddress);
    return this.#plainPage?.urlAt(ownAddress) ?? `https://${inUrl(place)}:${this.#port}/`;
  }

  async close(): Promise<void> {
    this.certificate.close();
    this.#plainPage?.close();
    await this.#announcer.withdraw();
  }

  #announce(): void {
    const host = this.options.tls ? this.certificate.firstName() : findOwnNames().announced;
    if (!this.options.mdns || host === undefined) return;
    this.#announcer.announce({ host, port: this.#port, addresses: this.#addresses() });
  }

  #places(): string[] {
    if (this.options.tls) {
      // The owner's certificate has its own idea of what we are called.
      const name = this.certificate.firstName();
      return name === undefined ? this.#addresses() : [name];
    }
    const { announced } = findOwnNames();
    return [...this.#addresses(), ...(this.options.mdns && announced !== undefined ? [announced] : [])];
  }

  /** Those that we listen on, IPv4 first: it is what people can type. */
  #addresses(): string[] {
    const { host } = this.options.listen;
    if (addressKind(host) !== 'any') return [host];
    const own = findOwnNames().addresses.filter((address) => addressKind(address) === 'private');
    return [...own.filter(isIPv4), ...own.filter((address) => host === '::' && !isIPv4(address))];
  }
}
