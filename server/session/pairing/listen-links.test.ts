import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { setLogLevel } from '../../observe/log.js';
import { ListenLinks } from './listen-links.js';
import { Pairings } from './pairings.js';

let folder: string;
let nowS: number;
let pairings: Pairings;
let links: ListenLinks;

beforeEach(() => {
  setLogLevel('silent');
  folder = mkdtempSync(join(tmpdir(), 'weir-links-'));
  nowS = 1_800_000_000;
  pairings = new Pairings(join(folder, 'state'), () => {});
  pairings.origins = ['https://10.0.0.1:4790'];
  links = new ListenLinks(pairings, () => nowS);
});
afterEach(() => rmSync(folder, { recursive: true }));

async function pairedId(): Promise<string> {
  const link = pairings.invite('owner');
  if (link instanceof WeirError) throw link;
  const code = new URL(link.url).searchParams.get('code') ?? '';
  const redeemed = await pairings.redeem(code, undefined, { address: '10.0.0.2' });
  if (redeemed instanceof WeirError) throw redeemed;
  return redeemed.pairing.id;
}

const REFUSED = { code: 'LISTEN_LINK_INVALID' };

test('a signed address is a listener, for its time', () => {
  const url = links.sign('/listen/hall.ogg', 60);
  expect(links.bearerOf(url)).toEqual({
    id: '',
    name: 'a listening address',
    role: 'listener',
    untilMs: (nowS + 60) * 1000,
  });
  nowS += 59;
  expect(links.bearerOf(url)).toHaveProperty('role', 'listener');
  nowS += 1;
  expect(links.bearerOf(url)).toMatchObject(REFUSED);
});

test('it is good as long as the pairing that made it', async () => {
  const id = await pairedId();
  const url = links.sign('/listen/hall.wav', 60, id);
  expect(links.bearerOf(url)).toMatchObject({ id, role: 'listener' });
  await pairings.revoke(id);
  expect(links.bearerOf(url)).toMatchObject(REFUSED);
});

test('whatever is changed in it, it is good for nothing', () => {
  const url = links.sign('/listen/hall.ogg', 60);
  const changed = [
    url.replace('hall', 'yard'),
    url.replace('hall.ogg', 'hall.wav'),
    url.replace('hall', '%68all'),
    url.replace('/listen/', '/listen//'),
    url.replace(/until=\d+/, 'until=9999999999'),
    url.replace('until=', 'until=9999999999&until='),
    url.replace('by=', 'by=0123456789ab'),
    url.replace('&sig=', '&until=9999999999&sig='),
    url.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')),
  ];
  for (const other of changed)
    expect([other, links.bearerOf(other)]).toEqual([other, expect.objectContaining(REFUSED)]);
});

test('what is not signed at all is nobody’s, here or on another path', () => {
  const url = links.sign('/listen/hall.ogg', 60);
  for (const other of [
    '/listen/hall.ogg',
    url.slice(0, url.indexOf('&sig=')),
    url.slice(0, -1),
    `${url}&more=1`,
    `${url}=`,
    url.replace('/listen/', '/api/v1/'),
    `/ws${url}`,
    '',
  ]) {
    expect([other, links.bearerOf(other)]).toEqual([other, undefined]);
  }
});

test('another server, or the same one after a restart, knows it not', () => {
  expect(new ListenLinks(pairings, () => nowS).bearerOf(links.sign('/listen/hall.ogg', 60))).toMatchObject(REFUSED);
});
