import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const DAY_MS = 86_400_000;
/** Browsers take a certificate by its hash only when it is valid for 14 days at most; one of clocks that differ is in it, too. */
const BEFORE_MS = DAY_MS;
const AFTER_MS = 12 * DAY_MS;
/** When the next one is made: connections that began with this one have days to end by themselves. */
const FRESH_MS = 6 * DAY_MS;

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export interface Certificate {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** SHA-256 of its DER, as `serverCertificateHashes` wants it. */
  readonly hash: Buffer;
  /** Time to make another (ms since 1970). */
  readonly staleMs: number;
}

/** Self-signed, made in memory and never stored: a page learns its hash from the server that it already trusts. */
export async function makeCertificate(nowMs = Date.now()): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey({ ...KEY }, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Weir',
      keys,
      notBefore: new Date(nowMs - BEFORE_MS),
      notAfter: new Date(nowMs + AFTER_MS),
      signingAlgorithm: { ...KEY, hash: 'SHA-256' },
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
    },
    webcrypto,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    keyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    certificatePem: certificate.toString('pem'),
    hash: createHash('sha256').update(Buffer.from(certificate.rawData)).digest(),
    staleMs: nowMs + FRESH_MS,
  };
}
