import { createServer, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { addressKind } from '../server/config/address.js';
import { statsOf } from './browser.js';
import { setStage } from './stage.js';
import { runWeir } from './weir-process.js';

// The server runs as another user than the browser: to its loopback door this Chromium is a stranger, as one in a Snap is.
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const KEY_COOKIE = '__Host-weir';
const lanAddress = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && addressKind(address.address) === 'private')?.address;

async function untilLive(page: Page): Promise<void> {
  // Not the mixer's page yet: it says nothing of itself.
  const phase = (): Promise<string> =>
    statsOf(page)
      .then(({ connection }) => connection.phase)
      .catch(() => 'no page');
  await expect.poll(phase, { timeout: 15_000 }).toBe('live');
}

describe.runIf(isRoot)('a browser of another user', () => {
  const stage = setStage({ uid: NOBODY });

  async function pairedContext(url = stage.server.url): Promise<{ context: BrowserContext; page: Page; id: string }> {
    const known = new Set((await stage.weir.pairings()).map(({ id }) => id));
    const context = await stage.browser.newContext();
    const page = await context.newPage();
    const link = await stage.weir.pair();
    await page.goto(link.url.replace(stage.server.url, url));
    await page.getByRole('button', { name: 'Let this browser in' }).click();
    await untilLive(page);
    const id = (await stage.weir.pairings()).find((pairing) => !known.has(pairing.id))?.id ?? '';
    return { context, page, id };
  }

  test('gets the page that says how to get in, and nothing else', async () => {
    const context = await stage.browser.newContext();
    const page = await context.newPage();
    for (const path of ['/', '/assets/', '/api/v1/', '/nowhere', '//pair', '/%70air/../api/v1/state', '/pair/../']) {
      const answer = await page.goto(stage.server.url + path);
      expect([path, answer?.status()]).toEqual([path, 403]);
      expect(await page.getByRole('heading').innerText()).toBe('This browser is not paired');
    }
    await context.close();
  });

  test.each(['127.0.0.1', 'localhost'])(
    'gets in by a link to http://%s once, and stays in',
    async (host) => {
      const { context, page, id } = await pairedContext(stage.server.url.replace('127.0.0.1', host));
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({ name: KEY_COOKIE, httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
      expect(await page.evaluate('document.cookie')).toBe('');
      expect((await stage.weir.snapshot()).clients).toContainEqual(
        expect.objectContaining({
          carrier: expect.stringMatching(/^web/),
          pid: null,
          uid: null,
          pairedAs: 'Chrome on Linux',
        }),
      );
      await page.reload();
      await untilLive(page);
      expect(readFileSync(join(stage.server.folder, 'state', 'pairings.json'), 'utf8')).not.toContain(cookie?.value);
      await stage.weir.revokePairing(id);
      await context.close();
    },
    60_000,
  );

  test('that only looks at a link uses nothing up; the second to use it stays out', async () => {
    const { url } = await stage.weir.pair();
    const [first, second] = [await stage.browser.newContext(), await stage.browser.newContext()];
    for (const context of [first, second]) {
      const page = await context.newPage();
      await page.goto(url);
      await page.reload();
    }
    const press = async (context: BrowserContext): Promise<Page> => {
      const [page] = context.pages();
      if (!page) throw new Error('no page');
      await page.getByRole('button', { name: 'Let this browser in' }).click();
      await page.waitForLoadState();
      return page;
    };
    await untilLive(await press(first));
    const refused = await press(second);
    expect(await refused.getByRole('heading').innerText()).toBe('This link lets nobody in');
    expect(await second.cookies()).toEqual([]);
    await first.close();
    await second.close();
  }, 60_000);

  test('comes from another site’s link and is let in all the same', async () => {
    const { context, page } = await pairedContext();
    const elsewhere = createServer((_request, reply) =>
      reply.setHeader('content-type', 'text/html').end(`<a href="${stage.server.url}/">the mixer</a>`),
    ).listen(0, '127.0.0.2');
    await once(elsewhere, 'listening');
    const address = elsewhere.address();
    await page.goto(`http://127.0.0.2:${typeof address === 'object' ? address?.port : 0}/`);
    const statuses: number[] = [];
    page.on('response', (answer) => answer.url() === `${stage.server.url}/` && statuses.push(answer.status()));
    await page.getByRole('link').click();
    await untilLive(page);
    expect(statuses).toEqual([403, 200]);
    elsewhere.close();
    await context.close();
  }, 60_000);

  test('cannot be made another’s by a form on another site', async () => {
    const { url } = await stage.weir.pair();
    const code = new URL(url).searchParams.get('code') ?? '';
    const form = `<form method="post" action="${stage.server.url}/pair"><input name="code" value="${code}"><button>Win</button></form>`;
    const evil = createServer((_request, reply) => reply.setHeader('content-type', 'text/html').end(form)).listen(
      0,
      '127.0.0.2',
    );
    await once(evil, 'listening');
    const address = evil.address();
    const context = await stage.browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://127.0.0.2:${typeof address === 'object' ? address?.port : 0}/`);
    await page.getByRole('button').click();
    await page.waitForLoadState();
    expect(await page.content()).toContain('ORIGIN_REFUSED');
    expect(await context.cookies()).toEqual([]);
    // The code was not even looked at: it still lets its own browser in.
    await page.goto(url);
    await page.getByRole('button', { name: 'Let this browser in' }).click();
    await untilLive(page);
    evil.close();
    await context.close();
  }, 60_000);

  test('is cut off the moment its pairing is taken back', async () => {
    const { context, page, id } = await pairedContext();
    const own = (await statsOf(page)).connection.client;
    const listed = await runWeir(['grants', '--socket', stage.server.socket]);
    expect(listed.stdout).toContain(`${id}  Chrome on Linux  owner`);
    expect(await runWeir(['grants', 'revoke', id, '--socket', stage.server.socket])).toMatchObject({
      status: 0,
      stderr: '',
    });
    await expect.poll(async () => (await statsOf(page)).connection.phase, { timeout: 10_000 }).not.toBe('live');
    expect((await stage.weir.snapshot()).clients.filter(({ client }) => client === own)).toEqual([]);
    await page.reload();
    expect(await page.getByRole('heading').innerText()).toBe('This browser is not paired');
    await context.close();
  }, 60_000);
});

/** Over TLS from an address of the network: nobody is known there but by a key. */
describe.runIf(lanAddress !== undefined)('a browser of another machine', () => {
  const stage = setStage({ listen: `${lanAddress}:0`, env: { WEIR_MDNS: 'off' } });

  test('is listed for programs, and a role that there is not is refused', async () => {
    const at = ['--socket', stage.server.socket];
    expect(await runWeir(['grants', '--json', ...at])).toMatchObject({ status: 0, stdout: '[]\n' });
    const link = await runWeir(['pair', '--role', 'owner', ...at]);
    expect(link.stdout.split('\n')[0]).toMatch(/^https:\/\/[\d.]+:\d+\/pair\?code=[\w-]{22}$/);
    const refused = await runWeir(['pair', '--role', 'guest', ...at]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('[ROLE_UNKNOWN]')]);
    const unknown = await runWeir(['grants', 'revoke', 'ffffffffffff', ...at]);
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('[PAIRING_NOT_FOUND]')]);
    expect((await runWeir(['grants', 'revoke', ...at])).status).toBe(2);
  }, 60_000);

  test('is let in from the mixer, and taken back there', async () => {
    const owner = await stage.openMixer();
    const panel = owner.getByTestId('pair-panel');
    await panel.getByText('Let a browser in').click();
    await panel.getByTestId('pair-link').click();
    const card = owner.getByTestId('pair-link-card');
    await card.getByRole('img').waitFor();
    const url = await card.locator('code').first().innerText();

    const context = await stage.browser.newContext({ ignoreHTTPSErrors: true });
    const phone = await context.newPage();
    await phone.goto(url);
    await phone.getByRole('button', { name: 'Let this browser in' }).click();
    await untilLive(phone);
    await panel.getByRole('button', { name: 'Take back Chrome on Linux' }).click();
    await expect.poll(async () => (await statsOf(phone)).connection.phase, { timeout: 10_000 }).toBe('ended');
    expect(await stage.weir.pairings()).toEqual([]);
    await card.waitFor({ state: 'hidden' });
    await context.close();
    await owner.close();
  }, 60_000);

  test('gets in over HTTPS, listens, and is cut off with what it signed', async () => {
    expect(stage.server.log()).toContain('no browser is paired yet');
    const context = await stage.browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const { url, otherUrls, thisMachineOnly } = await stage.weir.pair();
    expect(thisMachineOnly).toBe(false);
    expect(new URL(url).hostname).toBe(lanAddress);
    expect(otherUrls.every((other) => other.startsWith('https://'))).toBe(true);
    expect((await page.goto(new URL('/', url).href))?.status()).toBe(403);
    await page.goto(url);
    await page.getByRole('button', { name: 'Let this browser in' }).click();
    await untilLive(page);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: KEY_COOKIE, httpOnly: true, secure: true, sameSite: 'Strict' });

    const signed = await page.evaluate(async () => {
      const body = JSON.stringify({ path: '/listen/null.wav' });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('/api/v1/listen-links', { method: 'POST', headers, body });
      return ((await answer.json()) as { url: string }).url;
    });
    await using player = await startPlayer(signed);
    expect(player.status).toBe(200);
    await expect.poll(() => player.bytes(), { timeout: 10_000 }).toBeGreaterThan(50_000);

    const [pairing] = await stage.weir.pairings();
    expect(pairing).toMatchObject({ name: 'Chrome on Linux', lastAddress: lanAddress });
    await stage.weir.revokePairing(pairing?.id ?? '');
    await player.ended;
    await expect.poll(async () => (await statsOf(page)).connection.phase, { timeout: 10_000 }).not.toBe('live');
    await using late = await startPlayer(signed);
    expect(late.status).toBe(403);
    await context.close();
  }, 60_000);
});

interface RunningPlayer extends AsyncDisposable {
  readonly status: number;
  readonly ended: Promise<unknown>;
  bytes(): number;
}

/** A player that has an address and no cookie, and takes any certificate. */
async function startPlayer(url: string): Promise<RunningPlayer> {
  const [answer] = (await once(get(url, { rejectUnauthorized: false }), 'response')) as [IncomingMessage];
  let bytes = 0;
  answer.on('error', () => undefined).on('data', (chunk: Buffer) => (bytes += chunk.length));
  const ended = new Promise((settle) => answer.once('close', settle));
  return {
    status: answer.statusCode ?? 0,
    ended,
    bytes: () => bytes,
    async [Symbol.asyncDispose]() {
      answer.destroy();
      await ended;
    },
  };
}
