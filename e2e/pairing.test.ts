import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Weir } from '../native-shim/client/index.js';
import { startBrowser, statsOf } from './browser.js';
import { type Server, startServer } from './server.js';
import { runWeir } from './weir-process.js';

// The server runs as another user than the browser: to its loopback door this Chromium is a stranger, as one in a Snap is.
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const KEY_COOKIE = '__Host-weir';

describe.runIf(isRoot)('a browser of another user', () => {
  let server: Server;
  let browser: Browser;
  let weir: Weir;

  beforeAll(async () => {
    server = await startServer({ uid: NOBODY });
    browser = await startBrowser();
    weir = await connect({ name: 'test', socket: server.socket });
  }, 60_000);

  afterAll(async () => {
    weir.close();
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  async function pairedContext(url = server.url): Promise<{ context: BrowserContext; page: Page; id: string }> {
    const known = new Set((await weir.pairings()).map(({ id }) => id));
    const context = await browser.newContext();
    const page = await context.newPage();
    const link = await weir.pair();
    await page.goto(link.url.replace(server.url, url));
    await page.getByRole('button', { name: 'Let this browser in' }).click();
    await untilLive(page);
    const id = (await weir.pairings()).find((pairing) => !known.has(pairing.id))?.id ?? '';
    return { context, page, id };
  }

  async function untilLive(page: Page): Promise<void> {
    await expect.poll(async () => (await statsOf(page))?.connection.phase, { timeout: 15_000 }).toBe('live');
  }

  test('gets the page that says how to get in, and nothing else', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    for (const path of ['/', '/assets/', '/api/v1/', '/nowhere', '//pair', '/%70air/../api/v1/state', '/pair/../']) {
      const answer = await page.goto(server.url + path);
      expect([path, answer?.status()]).toEqual([path, 403]);
      expect(await page.getByRole('heading').innerText()).toBe('This browser is not paired');
    }
    await context.close();
  });

  test.each(['127.0.0.1', 'localhost'])(
    'gets in by a link to http://%s once, and stays in',
    async (host) => {
      const { context, page, id } = await pairedContext(server.url.replace('127.0.0.1', host));
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({ name: KEY_COOKIE, httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
      expect(await page.evaluate('document.cookie')).toBe('');
      expect((await weir.snapshot()).clients).toContainEqual(
        expect.objectContaining({ carrier: 'websocket', pid: null, uid: null, pairedAs: 'Chrome on Linux' }),
      );
      await page.reload();
      await untilLive(page);
      expect(readFileSync(join(server.folder, 'state', 'pairings.json'), 'utf8')).not.toContain(cookie?.value);
      await weir.revokePairing(id);
      await context.close();
    },
    60_000,
  );

  test('that only looks at a link uses nothing up; the second to use it stays out', async () => {
    const { url } = await weir.pair();
    const [first, second] = [await browser.newContext(), await browser.newContext()];
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
      reply.setHeader('content-type', 'text/html').end(`<a href="${server.url}/">the mixer</a>`),
    ).listen(0, '127.0.0.2');
    await once(elsewhere, 'listening');
    const address = elsewhere.address();
    await page.goto(`http://127.0.0.2:${typeof address === 'object' ? address?.port : 0}/`);
    const statuses: number[] = [];
    page.on('response', (answer) => answer.url() === `${server.url}/` && statuses.push(answer.status()));
    await page.getByRole('link').click();
    await untilLive(page);
    expect(statuses).toEqual([403, 200]);
    elsewhere.close();
    await context.close();
  }, 60_000);

  test('cannot be made another’s by a form on another site', async () => {
    const { url } = await weir.pair();
    const code = new URL(url).searchParams.get('code') ?? '';
    const form = `<form method="post" action="${server.url}/pair"><input name="code" value="${code}"><button>Win</button></form>`;
    const evil = createServer((_request, reply) => reply.setHeader('content-type', 'text/html').end(form)).listen(
      0,
      '127.0.0.2',
    );
    await once(evil, 'listening');
    const address = evil.address();
    const context = await browser.newContext();
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
    const listed = await runWeir(['grants', '--socket', server.socket]);
    expect(listed.stdout).toContain(`${id}  Chrome on Linux  owner`);
    expect(await runWeir(['grants', 'revoke', id, '--socket', server.socket])).toMatchObject({ status: 0, stderr: '' });
    await expect.poll(async () => (await statsOf(page)).connection.phase, { timeout: 10_000 }).not.toBe('live');
    expect((await weir.snapshot()).clients.filter(({ pairedAs }) => pairedAs !== null)).toEqual([]);
    await page.reload();
    expect(await page.getByRole('heading').innerText()).toBe('This browser is not paired');
    await context.close();
  }, 60_000);
});
