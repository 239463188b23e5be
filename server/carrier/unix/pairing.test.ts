import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from '#proto';
import { type WeirError } from '../../observe/errors.js';
import { setLogLevel } from '../../observe/log.js';
import type { Redeemed } from '../../session/pairing/pairings.js';
import type { Inlet, Peer } from '../../session/port.js';
import { orThrow, TestHouse } from './house.fixture.js';

let here: TestHouse;
beforeEach(() => {
  setLogLevel('silent');
  here = new TestHouse();
  here.house.pairings.origins = ['https://10.0.0.1:4790'];
});
afterEach(() => here.close());

/** A browser that used the link that the owner asked for over the socket. */
async function letIn(): Promise<Redeemed> {
  const owner = await here.greeted();
  const { pairLink } = await owner.ask({ pair: {} });
  const code = new URL(pairLink?.url ?? '').searchParams.get('code') ?? '';
  return orThrow(await here.house.pairings.redeem(code, 'Firefox/1 Android', { address: '10.0.0.2' }));
}

/** A session that came with a key, on a carrier that only listens to it. */
function enter({ pairing }: Redeemed): { inlet: Inlet | WeirError; heard: weir.v1.ServerMessage[] } {
  const heard: weir.v1.ServerMessage[] = [];
  const peer: Peer = { carrier: 'websocket', sharedMemory: false, pairing };
  const inlet = here.house.reception.accept(peer, {
    send: (bytes) => void heard.push(weir.v1.ServerMessage.decode(bytes)),
    queuedBytes: () => 0,
    close: () => {},
  });
  return { inlet, heard };
}

test('an owner makes a link, sees who used it, and takes it back', async () => {
  const browser = await letIn();
  const owner = await here.greeted();
  const { pairings } = await owner.ask({ listPairings: {} });
  expect(pairings?.pairings).toMatchObject([
    { id: browser.pairing.id, name: 'Firefox on Android', role: 'owner', lastAddress: '10.0.0.2' },
  ]);
  expect((await owner.ask({ revokePairing: { id: browser.pairing.id } })).done).toBeTruthy();
  expect((await owner.ask({ listPairings: {} })).pairings?.pairings ?? []).toEqual([]);
  expect((await owner.ask({ revokePairing: { id: browser.pairing.id } })).failure?.code).toBe('PAIRING_NOT_FOUND');
});

test.each(['guest', 'listener', 'OWNER', '\u202eowner'])('there is no role %j to be had', async (role) => {
  const owner = await here.greeted();
  expect((await owner.ask({ pair: { role } })).failure?.code).toBe('ROLE_UNKNOWN');
});

test('a paired browser is an owner, and its session ends with its pairing', async () => {
  const browser = await letIn();
  const { inlet, heard } = enter(browser);
  const say = (body: weir.v1.IClientMessage): void =>
    orThrow(inlet).receive(weir.v1.ClientMessage.encode({ ...body, requestId: heard.length + 1 }).finish(), []);
  say({ hello: { major: 1, minor: 0, name: 'tab', sharedMemory: true } });
  say({ pair: {} });
  expect(heard).toMatchObject([{ welcome: { sharedMemory: false } }, { pairLink: { expiresS: 600 } }]);

  await here.house.pairings.revoke(browser.pairing.id);
  expect(heard.at(-1)?.failure?.code).toBe('PAIRING_REVOKED');
  expect([...here.house.reception.all].some(({ peer }) => peer.pairing)).toBe(false);
});

test('who was taken back meanwhile gets no session any more: a ticket may be older than that', async () => {
  const browser = await letIn();
  await here.house.pairings.revoke(browser.pairing.id);
  expect(enter(browser).inlet).toMatchObject({ code: 'PAIRING_REVOKED' });
});
