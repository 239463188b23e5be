import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate, makeAuthority, type Pair, vouchedNames } from './authority.js';
import { TLS_LIMITS } from './limits.js';
import { type OwnNames, ownNames } from './own-names.js';

const DAY_MS = 24 * 3600 * 1000;
const names = ownNames('Loft7', ['192.168.1.5', 'fd00::5']);

let folder: string;
let authority: Pair;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-ca-'));
  authority = await makeAuthority(names);
  writeFileSync(path('ca.crt'), authority.cert);
  writeFileSync(path('ca.key'), authority.key);
});
afterAll(() => rmSync(folder, { recursive: true }));

function openssl(...args: string[]): string {
  try {
    return execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  }
}

/** What openssl says of a certificate that the CA issued for these names. */
async function verdict(dns: string[], addresses: string[] = [], ...checks: string[]): Promise<string> {
  writeFileSync(path('leaf.crt'), (await issueCertificate(authority, { dns, addresses })).cert);
  return openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.crt', ...checks, 'leaf.crt');
}

describe('the CA', () => {
  test('is for server certificates of this host and its networks, and says so where nobody may overlook it', () => {
    const text = openssl('x509', '-in', 'ca.crt', '-noout', '-text');
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign\n/);
    expect(text).toMatch(/Extended Key Usage: \s+TLS Web Server Authentication\n/);
    expect(text).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:loft7\s+DNS:localhost\s+DNS:local\s+IP:127/);
    expect(text).toContain('IP:192.168.0.0/255.255.0.0');
    expect(text).toContain('ASN1 OID: prime256v1');
    const { validFrom, validTo } = new X509Certificate(authority.cert);
    expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(TLS_LIMITS.authorityMs);
  });

  test('vouches for what this host is called and where it is', async () => {
    expect(await verdict([...names.dns], [...names.addresses])).toContain('leaf.crt: OK');
    for (const host of ['weir-loft7.local', 'loft7.local', 'loft7', 'localhost'])
      expect(await verdict([...names.dns], [], '-verify_hostname', host)).toContain(': OK');
    for (const ip of ['192.168.1.5', 'fd00::5', '127.0.0.1', '::1'])
      expect(await verdict([...names.dns], [...names.addresses], '-verify_ip', ip)).toContain(': OK');
    expect(await verdict(['kitchen.local'], ['10.9.8.7', '192.0.2.2'])).toContain(': OK');
  });

  test.each([
    [['evil.example'], []],
    [['loft7.local', 'evil.example'], []],
    [['local.evil.example'], []],
    [['myloft7'], []],
    [[], ['8.8.8.8']],
    [['loft7.local'], ['2a00:1450::5']],
    [[], ['172.32.0.1']],
  ])('whatever its key signs for %j %j, nobody takes', async (dns, addresses) => {
    expect(await verdict(dns, addresses)).toContain('permitted subtree violation');
  });

  test.each([
    ['emailProtection', 'smimesign'],
    ['clientAuth', 'sslclient'],
  ])('whatever its key signs for %s, nobody takes', (usage, purpose) => {
    writeFileSync(
      path('other.cnf'),
      `[e]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,${usage}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n`,
    );
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-new', ...newKey, '-keyout', 'other.key', '-subj', '/CN=other', '-out', 'other.csr');
    const sign = ['x509', '-req', '-days', '9', '-extfile', 'other.cnf', '-extensions', 'e', '-CA', 'ca.crt'];
    openssl(...sign, '-in', 'other.csr', '-CAkey', 'ca.key', '-out', 'other.crt');
    const said = openssl('verify', '-purpose', purpose, '-CAfile', 'ca.crt', 'other.crt');
    expect(said).toMatch(/unsuitable certificate purpose|invalid CA certificate/);
  });

  test('has no CA below it', async () => {
    writeFileSync(
      path('sub.cnf'),
      '[e]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n[l]\nsubjectAltName=DNS:loft7.local\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
    );
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-new', ...newKey, '-keyout', 'sub.key', '-subj', '/CN=sub', '-out', 'sub.csr');
    const sign = ['x509', '-req', '-days', '9', '-extfile', 'sub.cnf'];
    openssl(...sign, '-extensions', 'e', '-in', 'sub.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-out', 'sub.crt');
    openssl('req', '-new', ...newKey, '-keyout', 'end.key', '-subj', '/CN=end', '-out', 'end.csr');
    openssl(...sign, '-extensions', 'l', '-in', 'end.csr', '-CA', 'sub.crt', '-CAkey', 'sub.key', '-out', 'end.crt');
    const said = openssl('verify', '-CAfile', 'ca.crt', '-untrusted', 'sub.crt', 'end.crt');
    expect(said).toContain('path length constraint exceeded');
  });
});

describe('a server certificate', () => {
  test('names what the host is called, for less time than browsers allow', async () => {
    const issued = await issueCertificate(authority, names);
    const cert = new X509Certificate(issued.cert);
    expect(cert.subjectAltName).toBe(
      'DNS:weir-loft7.local, DNS:loft7.local, DNS:loft7, DNS:localhost, IP Address:192.168.1.5, IP Address:FD00:0:0:0:0:0:0:5, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(Date.parse(cert.validTo) - Date.parse(cert.validFrom)).toBeLessThanOrEqual(397 * DAY_MS);
    expect(Date.parse(cert.validFrom)).toBeLessThan(Date.now() - DAY_MS / 2);
    expect(cert.ca).toBe(false);
    expect(issued.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    const other = new X509Certificate((await issueCertificate(authority, names)).cert);
    expect(other.serialNumber).not.toBe(cert.serialNumber);
    expect(other.publicKey.equals(cert.publicKey)).toBe(false);
  });

  test('has only names that the CA may vouch for: a machine that was renamed keeps its CA', () => {
    const renamed = vouchedNames(authority.cert, ownNames('attic', ['10.0.0.1']));
    expect(renamed.dns).toEqual(['weir-attic.local', 'attic.local', 'localhost']);
  });
});

describe('the names of this machine', () => {
  const dns = (host: string): OwnNames['dns'] => ownNames(host, []).dns;

  test.each([
    ['Loft7', ['weir-loft7.local', 'loft7.local', 'loft7', 'localhost']],
    ['loft7.example.org', ['weir-loft7.local', 'loft7.local', 'loft7.example.org', 'localhost']],
    ['loft7.local', ['weir-loft7.local', 'loft7.local', 'localhost']],
    ['localhost', ['localhost']],
    ['no name', ['localhost']],
    ['a_b', ['localhost']],
    ['*.example.org', ['localhost']],
    ['x'.repeat(64), ['localhost']],
    ['', ['localhost']],
  ])('%s', (host, expected) => expect(dns(host)).toEqual(expected));

  test.each(['com', 'studio', 'audio', 'box', 'co.uk'])(
    '%s alone would be every site under it, and is left out',
    (host) => {
      const label = host.replace(/\..*/, '');
      expect(dns(host)).toEqual([`weir-${label}.local`, `${label}.local`, 'localhost']);
    },
  );

  test('hold its private addresses, no others, and not too many', () => {
    const { addresses } = ownNames('h', ['8.8.8.8', '10.0.0.1', 'fe80::1', '127.0.0.1', 'fd00::1', '10.0.0.1']);
    expect(addresses).toEqual(['10.0.0.1', 'fd00::1', '127.0.0.1', '::1']);
    const many = Array.from({ length: TLS_LIMITS.addresses + 1 }, (_, index) => `10.0.1.${index}`);
    expect(ownNames('h', many).addresses).toHaveLength(TLS_LIMITS.addresses + 2);
  });
});
