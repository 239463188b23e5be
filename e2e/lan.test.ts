import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect, type Weir } from '../native-shim/client/index.js';
import { issueCertificate, makeAuthority, type Pair } from '../server/control/tls/authority.js';
import { ownNames } from '../server/control/tls/own-names.js';
import { openMixer, startBrowser } from './browser.js';
import { eventually } from './eventually.js';
import { LAN_ADDRESS } from './lan-address.js';
import { type Server, startServer } from './server.js';

const portOf = (url: string): number => Number(new URL(url).port);

/** A HOME whose browser trusts this CA. */
function homeTrusting(authority: string, folder: string): string {
  const home = join(folder, 'home');
  const store = `sql:${join(home, '.pki', 'nssdb')}`;
  mkdirSync(join(home, '.pki', 'nssdb'), { recursive: true });
  execFileSync('certutil', ['-d', store, '-N', '--empty-password']);
  execFileSync('certutil', ['-d', store, '-A', '-t', 'C,,', '-n', 'Weir', '-i', authority]);
  return home;
}

/** Who the server at this address says it is. */
async function shownAt(host: string, port: number): Promise<string> {
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

describe.runIf(LAN_ADDRESS)('a browser on the sofa', () => {
  const address = LAN_ADDRESS ?? '';
  let server: Server;
  let weir: Weir;
  let mixer: string;
  let authority: string;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ devices: ['null:hall'], listen: '0.0.0.0:0', config: '[mdns]\nenabled = false\n' });
    weir = await connect({ name: 'test', socket: server.socket });
    mixer = `https://${address}:${portOf(server.url)}`;
    authority = join(server.folder, 'state', 'tls', 'ca.crt');
    browser = await startBrowser({
      home: homeTrusting(authority, server.folder),
      args: ['--host-resolver-rules=MAP *.example 127.0.0.1'],
    });
  }, 60_000);

  afterAll(async () => {
    weir.close();
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('is warned, unless it trusts the CA that the plain page gives it', { timeout: 60_000 }, async () => {
    const wary = await startBrowser();
    const page = await wary.newPage();
    await expect(page.goto(mixer)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID');
    // The browser is still on its way to its own page of the error.
    await page.waitForURL('chrome-error://chromewebdata/');
    await page.goto(mixer.replace('https:', 'http:'));
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Before you open the mixer');
    expect(await page.getByRole('link', { name: 'Open the mixer' }).getAttribute('href')).toBe(`${mixer}/`);
    expect(await page.evaluate('getComputedStyle(document.querySelector("a.go")).fontWeight')).toBe('600');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download weir-ca.crt' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe(readFileSync(authority, 'utf8'));
    const fingerprint = execFileSync('openssl', ['x509', '-in', authority, '-noout', '-fingerprint', '-sha256'], {
      encoding: 'utf8',
    });
    const shown = await page
      .locator('p > code')
      .filter({ hasText: /^[0-9A-F:]+$/ })
      .innerText();
    expect(fingerprint.trim()).toBe(`sha256 Fingerprint=${shown}`);
    await wary.close();
  });

  test('gets in by a link, and is then as good as one at home', { timeout: 60_000 }, async () => {
    const stranger = await browser.newPage();
    expect((await stranger.goto(mixer))?.status()).toBe(403);
    expect(await stranger.content()).not.toContain('hall');
    const link = await weir.pair();
    expect(link.url).toMatch(new RegExp(`^${mixer}/pair`));
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(link.url);
    await page.getByRole('button', { name: 'Let this browser in' }).click();
    await page.waitForURL(`${mixer}/`);
    await expect.poll(() => page.evaluate('globalThis.weirStats?.connection.phase'), { timeout: 15_000 }).toBe('live');
    expect(await page.evaluate('[isSecureContext, crossOriginIsolated, typeof AudioWorkletNode]')).toEqual([
      true,
      true,
      'function',
    ]);

    // As in a browser that keeps sound from a page whose certificate it does not trust.
    await context.addInitScript('delete globalThis.AudioWorkletNode');
    await page.reload();
    const note = page.getByTestId('sound-note').getByTestId('failure');
    expect(await note.getAttribute('data-code')).toBe('CERTIFICATE_UNTRUSTED');
    await note.getByRole('link').click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Before you open the mixer');
    await context.close();
  });

  test('finds that the CA cannot vouch for other sites, though it trusts it', { timeout: 60_000 }, async () => {
    const key = readFileSync(authority.replace('.crt', '.key'), 'utf8');
    const stolen: Pair = { cert: readFileSync(authority, 'utf8'), key };
    const forged = await issueCertificate(stolen, { dns: ['evil.example'], addresses: [] });
    const site = createHttpsServer(forged, (_request, response) => response.end('evil')).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const bound = site.address();
    const port = typeof bound === 'object' && bound ? bound.port : 0;
    const page = await browser.newPage();
    await expect(page.goto(`https://evil.example:${port}/`)).rejects.toThrow('ERR_CERT');
    await page.close();
    site.closeAllConnections();
    site.close();
  });

  test('at this machine needs none of it', { timeout: 60_000 }, async () => {
    const page = await openMixer(browser, server.url);
    expect(page.url()).toBe(`${server.url}/`);
    await page.close();
  });
});

describe.runIf(LAN_ADDRESS)('a stranger in the network', () => {
  const address = LAN_ADDRESS ?? '';

  test('gets nothing by no path and no forgery', { timeout: 60_000 }, async () => {
    await using server = await startServer({ devices: ['null:hall'], listen: `${address}:0` });
    const port = portOf(server.url);
    const ca = readFileSync(join(server.folder, 'state', 'tls', 'ca.crt'));
    const ask = (path: string, headers: Record<string, string> = {}): Promise<string> =>
      new Promise((settle, fail) => {
        const asked = request({ host: address, port, path, ca, headers, servername: '', agent: false }, (answer) => {
          settle(text(answer).then((body) => `${answer.statusCode} ${body}`));
        });
        asked.on('error', fail).end();
      });

    for (const path of ['/', '/api/v1/state', '/api/v1/', '/metrics', '/assets/x.js', '/nowhere']) {
      const forged = { origin: `https://${address}:${port}`, 'sec-fetch-site': 'same-origin', cookie: 'a=b' };
      for (const said of [await ask(path), await ask(path, forged)]) {
        expect(said).toMatch(/^40[13] \{"code":"PAIRING_NEEDED"/);
        expect(said).not.toContain('hall');
      }
    }
    expect(await ask('/', { host: 'evil.example' })).toMatch(/^403 \{"code":"ORIGIN_REFUSED"/);
    expect(await ask('/', { origin: 'https://evil.example' })).toMatch(/^403 \{"code":"ORIGIN_REFUSED"/);

    for (const origin of [undefined, `https://${address}:${port}`, 'https://evil.example']) {
      const socket = new WebSocket(`wss://${address}:${port}/ws`, { ca, origin });
      const [error]: unknown[] = await once(socket, 'error');
      expect(String(error)).toMatch(/Unexpected server response: 40[13]/);
    }
    expect(statSync(join(server.folder, 'state', 'tls', 'ca.key')).mode & 0o777).toBe(0o600);
    expect(await server.stop()).toBe(0);
  });
});

describe("the owner's certificate", () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'weir-owner-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is shown, and the next one without a restart; a broken one changes nothing', { timeout: 60_000 }, async () => {
    const authority = await makeAuthority(ownNames('den7', []));
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const put = async (host: string): Promise<void> => {
      const { cert, key } = await issueCertificate(authority, ownNames(host, []));
      writeFileSync(files.cert, cert);
      writeFileSync(files.key, key);
    };
    await put('den7');
    const config = `[mdns]\nenabled = false\n[tls]\ncert = "${files.cert}"\nkey = "${files.key}"\n`;
    await using server = await startServer({ listen: '0.0.0.0:0', config });
    const port = portOf(server.url);
    expect(await shownAt('127.0.0.1', port)).toBe('weir-den7.local');
    expect(server.log()).not.toContain('the page that explains it');

    writeFileSync(files.key, 'no key');
    await eventually('a complaint', () => server.log().includes('the last good certificate stays') || undefined);
    expect(await shownAt('127.0.0.1', port)).toBe('weir-den7.local');
    await put('attic');
    const isNew = async (): Promise<true | undefined> =>
      (await shownAt('127.0.0.1', port)) === 'weir-attic.local' || undefined;
    await eventually('the new certificate', isNew);
    expect(server.log().match(/the last good certificate stays/g)).toHaveLength(1);
  });

  test('that cannot be used keeps the server from starting, and it says why', { timeout: 60_000 }, async () => {
    const config = `[tls]\ncert = "${folder}/none.pem"\nkey = "${folder}/none.key"\n`;
    await expect(startServer({ listen: '0.0.0.0:0', config })).rejects.toThrow(
      /none.pem is missing.*CERTIFICATE_UNUSABLE/,
    );
  });
});
