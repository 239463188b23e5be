import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { TLS_LIMITS } from './limits.js';
import { mayVouch, nameConstraints } from './name-constraints.js';
import type { OwnNames } from './own-names.js';

/** A certificate, or a chain of them, and its private key, both PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** ECDSA P-256: every browser takes it, QUIC's too, and a handshake costs a phone little. */
const KEYS = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A CA of our own: for certificates of servers only, for none below it, and for `names` and private addresses only. */
export async function makeAuthority(names: OwnNames, nowMs = Date.now()): Promise<Pair> {
  const keys = await makeKeys();
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`Weir on ${names.dns[0] ?? 'this machine'}`] }],
    serialNumber: makeSerial(),
    ...validity(nowMs, TLS_LIMITS.authorityMs),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      // The constraints say nothing of mail, programs and users: Windows, NSS and OpenSSL hold its certificates to this.
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      nameConstraints(names.dns),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(cert), key: keyPem(keys.privateKey) };
}

/** Those of `names` that a CA may vouch for: the machine may have been called otherwise when it was made. */
export function vouchedNames(authorityCert: string, names: OwnNames): OwnNames {
  const authority = new X509Certificate(authorityCert);
  return { ...names, dns: names.dns.filter((name) => mayVouch(authority, name)) };
}

/** A server certificate with a new key. Throws where `authority` is no CA; `names` must be such that it may vouch for. */
export async function issueCertificate(authority: Pair, names: OwnNames, nowMs = Date.now()): Promise<Pair> {
  const issuer = new X509Certificate(authority.cert);
  const keys = await makeKeys();
  const cert = await X509CertificateGenerator.create({
    subject: [{ CN: [names.dns[0] ?? 'localhost'] }],
    issuer: issuer.subjectName,
    serialNumber: makeSerial(),
    ...validity(nowMs, TLS_LIMITS.serverMs),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...names.dns.map((value) => ({ type: 'dns' as const, value })),
        ...names.addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: pem(cert), key: keyPem(keys.privateKey) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']);
}

function importKey(keyText: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(keyText).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, KEYS, false, ['sign']);
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

const pem = (cert: X509Certificate): string => `${cert.toString('pem')}\n`;

/** 126 random bits, positive and of full length (RFC 5280 4.1.2.2). */
function makeSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(0x40 | (bytes.readUInt8(0) & 0x3f), 0);
  return bytes.toString('hex');
}

function validity(nowMs: number, lengthMs: number): { notBefore: Date; notAfter: Date } {
  const startMs = nowMs - TLS_LIMITS.backdatedMs;
  return { notBefore: new Date(startMs), notAfter: new Date(startMs + lengthMs) };
}
