import { X509Certificate } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateDir } from '../../config/runtime-dir.js';
import { WeirError } from '../../observe/errors.js';
import { logOf } from '../../observe/log.js';
import { issueCertificate, makeAuthority, type Pair, vouchedNames } from './authority.js';
import type { CertificateSource } from './certificate-source.js';
import { TLS_LIMITS } from './limits.js';
import { findOwnNames, type OwnNames } from './own-names.js';
import { readPair, readText, type PairFiles, writePair } from './pair-files.js';

const log = logOf('tls');

const FOLDER_MODE = 0o700;

interface Issued {
  readonly pair: Pair;
  readonly cert: X509Certificate;
  /** The certificate of the CA that issued it. */
  readonly authority: string;
}

/**
 * A certificate from a CA of our own, kept in the state directory: made at the first start, renewed before it ends and
 * when the machine gets a name or an address that it lacks. The CA's key is read to issue and kept nowhere else.
 */
export class OwnCertificate implements CertificateSource {
  #inUse: Issued | undefined;

  private constructor(
    readonly authorityFiles: PairFiles,
    readonly serverFiles: PairFiles,
    readonly findNames: () => OwnNames,
  ) {}

  /** In `stateDir`/tls; both folders are made where they are missing, and must be ours alone. */
  static in(stateDir: string, findNames: () => OwnNames = findOwnNames): OwnCertificate | WeirError {
    const folder = join(stateDir, 'tls');
    const refusal = ensurePrivateDir(stateDir) ?? ensurePrivateDir(folder);
    if (refusal) return refusal;
    // A backup that was put back may have opened it, and the keys in it.
    chmodSync(folder, FOLDER_MODE);
    const files = (name: string): PairFiles => ({
      cert: join(folder, `${name}.crt`),
      key: join(folder, `${name}.key`),
    });
    return new OwnCertificate(files('ca'), files('server'), findNames);
  }

  get authority(): string | undefined {
    return this.#inUse?.authority;
  }

  async look(): Promise<Pair | WeirError | undefined> {
    try {
      return await this.#look();
    } catch (error) {
      return new WeirError('FILE_FAILED', error instanceof Error ? error.message : String(error));
    }
  }

  async #look(): Promise<Pair | WeirError | undefined> {
    const kept = this.#inUse ?? (await this.#read());
    if (kept instanceof WeirError) return kept.code === 'FILE_FAILED' ? kept : this.#issue(kept.what);
    const lack = lacks(kept.cert, vouchedNames(kept.authority, this.findNames()));
    if (lack !== undefined) return this.#issue(lack);
    if (kept === this.#inUse) return undefined;
    this.#inUse = kept;
    return kept.pair;
  }

  /** What an earlier run left, if it is whole. */
  async #read(): Promise<Issued | WeirError> {
    const authority = await readText(this.authorityFiles.cert);
    if (authority instanceof WeirError) return authority;
    const pair = await readPair(this.serverFiles);
    if (pair instanceof WeirError) return pair;
    const cert = new X509Certificate(pair.cert);
    if (isIssuedBy(cert, authority)) return { pair, cert, authority };
    return new WeirError('CERTIFICATE_UNUSABLE', `${this.serverFiles.cert} is not from ${this.authorityFiles.cert}`);
  }

  async #issue(why: string): Promise<Pair | WeirError> {
    const names = this.findNames();
    const authority = await this.#readOrMakeAuthority(names);
    if (authority instanceof WeirError) return authority;
    const vouched = vouchedNames(authority.cert, names);
    const pair = await issueCertificate(authority, vouched);
    await writePair(this.serverFiles, pair);
    log.info({ names: [...vouched.dns, ...vouched.addresses] }, `made a server certificate: ${why}`);
    this.#inUse = { pair, cert: new X509Certificate(pair.cert), authority: authority.cert };
    return pair;
  }

  async #readOrMakeAuthority(names: OwnNames): Promise<Pair | WeirError> {
    const kept = await readPair(this.authorityFiles);
    if (kept instanceof WeirError && kept.code === 'FILE_FAILED') return kept;
    const lack = kept instanceof WeirError ? kept.what : endsTooSoon(kept.cert);
    if (!(kept instanceof WeirError) && lack === undefined) return kept;
    const made = await makeAuthority(names);
    await writePair(this.authorityFiles, made);
    log.info(`made a CA, for ${lack}; a browser that trusts an earlier one has to install this one`);
    return made;
  }
}

const leftMs = ({ validTo }: X509Certificate): number => Date.parse(validTo) - Date.now();

/** A CA must outlive what it issues. */
function endsTooSoon(authorityCert: string): string | undefined {
  const authority = new X509Certificate(authorityCert);
  return leftMs(authority) < TLS_LIMITS.serverMs ? `the last one ends on ${authority.validTo}` : undefined;
}

/** Why a certificate will not do any longer; undefined: it will. */
function lacks(cert: X509Certificate, { dns, addresses }: OwnNames): string | undefined {
  if (leftMs(cert) < TLS_LIMITS.renewalMs) return `the last one ends on ${cert.validTo}`;
  const address = addresses.find((address) => cert.checkIP(address) === undefined);
  if (address !== undefined) return `the last one lacks ${address}`;
  const name = dns.find((name) => cert.checkHost(name, { subject: 'never' }) === undefined);
  return name === undefined ? undefined : `the last one lacks ${name}`;
}

function isIssuedBy(cert: X509Certificate, authorityText: string): boolean {
  try {
    const authority = new X509Certificate(authorityText);
    return cert.checkIssued(authority) && cert.verify(authority.publicKey);
  } catch {
    return false;
  }
}
