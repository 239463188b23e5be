import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { issueCertificate, makeAuthority, type Pair } from './authority.js';
import { Certificate } from './certificate.js';
import type { CertificateSource } from './certificate-source.js';
import { TLS_LIMITS } from './limits.js';
import { OwnCertificate } from './own-certificate.js';
import { ownNames } from './own-names.js';
import { OwnerCertificate } from './owner-certificate.js';

const isRoot = process.getuid?.() === 0;
let state: string;
let names = ownNames('loft7', ['192.168.1.5']);
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'weir-tls-'));
  names = ownNames('loft7', ['192.168.1.5']);
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(state, { recursive: true });
});

const file = (name: string): string => join(state, 'tls', name);

function good<T>(value: T | WeirError | undefined): T {
  if (value === undefined) throw new Error('nothing new');
  if (value instanceof WeirError) throw value;
  return value;
}

/** As a newly started server does. */
function own(): OwnCertificate {
  return good(OwnCertificate.in(state, () => names));
}

async function ownPair(): Promise<Pair> {
  return good(await own().look());
}

describe('our own certificate', () => {
  test('is made at the first start, in files that only we may read where that matters', async () => {
    const source = own();
    const { cert, key } = good(await source.look());
    expect(readFileSync(file('server.crt'), 'utf8')).toBe(cert);
    expect(readFileSync(file('server.key'), 'utf8')).toBe(key);
    expect(readFileSync(file('ca.crt'), 'utf8')).toBe(source.authority);
    expect(statSync(file('ca.key')).mode & 0o777).toBe(0o600);
    expect(statSync(file('server.key')).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, 'tls')).mode & 0o777).toBe(0o700);
  });

  test('lies in a folder that is closed again where somebody opened it', async () => {
    await ownPair();
    chmodSync(join(state, 'tls'), 0o755);
    chmodSync(file('ca.key'), 0o644);
    own();
    expect(statSync(join(state, 'tls')).mode & 0o777).toBe(0o700);
  });

  test('is kept, and so is the CA, over a restart and while nothing changes', async () => {
    const source = own();
    const first = good(await source.look());
    expect(await source.look()).toBeUndefined();
    const again = own();
    expect(await again.look()).toEqual(first);
    expect(again.authority).toBe(source.authority);
  });

  test('is another when the machine has another address, from the same CA; and none when an address goes', async () => {
    const source = own();
    await source.look();
    const { authority } = source;
    names = ownNames('loft7', ['10.1.1.1']);
    const moved = new X509Certificate(good(await source.look()).cert);
    expect(moved.checkIP('10.1.1.1')).toBeDefined();
    expect(moved.checkIP('192.168.1.5')).toBeUndefined();
    expect(source.authority).toBe(authority);
    names = ownNames('loft7', []);
    expect(await source.look()).toBeUndefined();
  });

  test('follows a new name as far as the CA may vouch for it', async () => {
    const source = own();
    await source.look();
    names = ownNames('attic', []);
    expect(new X509Certificate(good(await source.look()).cert).subjectAltName).toMatch(
      /^DNS:weir-attic.local, DNS:attic.local, DNS:localhost,/,
    );
    expect(await source.look()).toBeUndefined();
  });

  test('is renewed before it ends, by a CA that outlives it', async () => {
    const source = own();
    const first = new X509Certificate(good(await source.look()).cert);
    const { authority } = source;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(first.validTo) - TLS_LIMITS.renewalMs - 1000 });
    expect(await source.look()).toBeUndefined();
    vi.setSystemTime(Date.parse(first.validTo) - TLS_LIMITS.renewalMs + 1000);
    const second = new X509Certificate(good(await source.look()).cert);
    expect(Date.parse(second.validTo)).toBeGreaterThan(Date.parse(first.validTo));
    expect(source.authority).toBe(authority);
    vi.setSystemTime(Date.parse(new X509Certificate(authority ?? '').validTo) - TLS_LIMITS.serverMs + 1000);
    await source.look();
    expect(source.authority).not.toBe(authority);
  });

  test.each(['server.crt', 'server.key'])('without %s is made anew by the same CA', async (name) => {
    const first = await ownPair();
    const authority = readFileSync(file('ca.crt'), 'utf8');
    for (const damage of [() => rmSync(file(name)), () => writeFileSync(file(name), 'no PEM')]) {
      damage();
      expect(await ownPair()).not.toEqual(first);
      expect(readFileSync(file('ca.crt'), 'utf8')).toBe(authority);
    }
  });

  test('is shown without the key of the CA, which only a new one needs', async () => {
    const first = await ownPair();
    rmSync(file('ca.key'));
    expect(await ownPair()).toEqual(first);
    names = ownNames('loft7', ['10.1.1.1']);
    const authority = readFileSync(file('ca.crt'), 'utf8');
    await ownPair();
    expect(readFileSync(file('ca.crt'), 'utf8')).not.toBe(authority);
  });

  test('whose CA is broken, or another, is made anew with a new CA or by that', async () => {
    const first = await ownPair();
    writeFileSync(file('ca.crt'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const second = await ownPair();
    expect(second).not.toEqual(first);
    const other = await makeAuthority(names);
    writeFileSync(file('ca.crt'), other.cert);
    writeFileSync(file('ca.key'), other.key);
    const third = new X509Certificate((await ownPair()).cert);
    expect(third.verify(new X509Certificate(other.cert).publicKey)).toBe(true);
  });

  test.skipIf(isRoot)('that may not be read is not replaced', async () => {
    await ownPair();
    chmodSync(file('server.key'), 0);
    expect(await own().look()).toMatchObject({ code: 'FILE_FAILED' });
  });

  test('in a place that others may write to is refused', () => {
    chmodSync(state, 0o777);
    expect(OwnCertificate.in(state)).toMatchObject({ code: 'RUNTIME_DIR_UNSAFE' });
    chmodSync(state, 0o700);
  });
});

describe("the owner's certificate", () => {
  const files = (): { cert: string; key: string } => ({ cert: join(state, 'c.pem'), key: join(state, 'k.pem') });
  const put = ({ cert, key }: Pair): void => {
    writeFileSync(files().cert, cert);
    writeFileSync(files().key, key);
  };
  const pairFor = async (host: string): Promise<Pair> =>
    issueCertificate(await makeAuthority(ownNames(host, [])), ownNames(host, []));

  test('is read again when its files change, and only then', async () => {
    const [first, second] = [await pairFor('one'), await pairFor('two')];
    const source = new OwnerCertificate(files());
    put(first);
    expect(await source.look()).toEqual(first);
    expect(await source.look()).toBeUndefined();
    put(second);
    expect(await source.look()).toEqual(second);
  });

  test('that is broken is refused by name', async () => {
    const pair = await pairFor('one');
    const said = async (): Promise<unknown> => new OwnerCertificate(files()).look();
    expect(await said()).toMatchObject({ code: 'CERTIFICATE_UNUSABLE', what: `${files().cert} is missing` });
    put({ ...pair, key: (await pairFor('one')).key });
    expect(await said()).toMatchObject({ what: `${files().key} is not the key of ${files().cert}` });
    put({ ...pair, cert: 'x' });
    expect(await said()).toMatchObject({ code: 'CERTIFICATE_UNUSABLE' });
    put({ ...pair, key: 'k'.repeat(TLS_LIMITS.fileBytes + 1) });
    expect(await said()).toMatchObject({ what: `${files().key} is no file of PEM` });
    expect(await new OwnerCertificate({ cert: state, key: state }).look()).toMatchObject({
      what: `${state} is no file of PEM`,
    });
  });
});

describe('what TLS shows', () => {
  /** A source that tells what it is given. */
  class Told implements CertificateSource {
    constructor(public next: Pair | WeirError | undefined) {}
    async look(): Promise<Pair | WeirError | undefined> {
      const told = this.next;
      this.next = undefined;
      return told;
    }
  }

  async function shownAt(port: number): Promise<string | undefined> {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN);
  }

  test('is the certificate in use, from the next connection on; a broken one changes nothing', async () => {
    const authority = await makeAuthority(ownNames('one', []));
    const issue = (host: string): Promise<Pair> => issueCertificate(authority, ownNames(host, []));
    const source = new Told(await issue('one'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const certificate = good(await Certificate.open(source));
    const tls = certificate.tlsServer((socket) => socket.end());
    const door = createServer((socket) => tls.emit('connection', socket)).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as AddressInfo;
    const next = async (told: Pair | WeirError): Promise<void> => {
      source.next = told;
      await vi.advanceTimersByTimeAsync(TLS_LIMITS.watchMs);
    };

    expect(await shownAt(port)).toBe('weir-one.local');
    expect([certificate.covers('one.local'), certificate.covers('two.local'), certificate.covers('127.0.0.1')]).toEqual(
      [true, false, true],
    );
    await next(new WeirError('CERTIFICATE_UNUSABLE', 'a test'));
    expect(await shownAt(port)).toBe('weir-one.local');
    await next(await issue('two'));
    expect(await shownAt(port)).toBe('weir-two.local');
    expect(certificate.covers('two.local')).toBe(true);
    certificate.close();
    await next(await issue('three'));
    expect(await shownAt(port)).toBe('weir-two.local');
    door.close();
  });

  test('goes on being watched, whatever breaks as it is looked at, and others hear of each look', async () => {
    const authority = await makeAuthority(ownNames('one', []));
    class Broken extends Told {
      override async look(): Promise<Pair | WeirError | undefined> {
        if (this.next) return super.look();
        throw new Error('a test');
      }
    }
    const source = new Broken(await issueCertificate(authority, ownNames('one', [])));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const certificate = good(await Certificate.open(source));
    let looks = 0;
    certificate.onLook(() => {
      throw new Error('a test');
    });
    certificate.onLook(() => (looks += 1));
    await vi.advanceTimersByTimeAsync(2 * TLS_LIMITS.watchMs);
    expect([looks, certificate.covers('two.local')]).toEqual([2, false]);
    source.next = await issueCertificate(authority, ownNames('two', []));
    await vi.advanceTimersByTimeAsync(TLS_LIMITS.watchMs);
    expect([looks, certificate.covers('two.local')]).toEqual([3, true]);
    certificate.close();
    await vi.advanceTimersByTimeAsync(TLS_LIMITS.watchMs);
    expect(looks).toBe(3);
  });

  test('cannot be nothing at the start', async () => {
    expect(await Certificate.open(new Told(undefined))).toBeInstanceOf(WeirError);
    expect(await Certificate.open(new Told(new WeirError('FILE_FAILED', 'a test')))).toMatchObject({
      code: 'FILE_FAILED',
    });
  });
});
