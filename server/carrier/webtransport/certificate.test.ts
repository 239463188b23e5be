import { createHash, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeCertificate } from './certificate.js';

const DAY_MS = 86_400_000;

test('a browser takes it by its hash: ECDSA P-256, 14 days at most, valid now and renewed long before its end', async () => {
  const { certificatePem, keyPem, hash, staleMs } = await makeCertificate();
  const certificate = new X509Certificate(certificatePem);
  const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  expect(until - from).toBeLessThanOrEqual(14 * DAY_MS);
  expect(from).toBeLessThan(Date.now());
  expect(until - staleMs).toBeGreaterThan(2 * DAY_MS);
  expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(hash).toEqual(createHash('sha256').update(certificate.raw).digest());
  expect(keyPem).toContain('PRIVATE KEY');
});

test('each is another', async () => {
  const [first, second] = await Promise.all([makeCertificate(), makeCertificate()]);
  expect(first.hash).not.toEqual(second.hash);
});
