import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { TIME_LIMITS } from '../limits.js';
import { AddressTokens } from './address-token.js';

const peer = { host: '192.0.2.1', port: 4000 };
const [scid, firstDcid] = [randomBytes(20), randomBytes(8)];
const NOW_MS = 1e12;

test('a token gives back the id that the client first chose, at its address and for a while', () => {
  const tokens = new AddressTokens();
  const token = tokens.make(peer, scid, firstDcid, NOW_MS);
  expect(tokens.check(token, peer, scid, NOW_MS + TIME_LIMITS.tokenMs - 1)).toEqual(firstDcid);
  expect(tokens.check(token, peer, scid, NOW_MS + TIME_LIMITS.tokenMs)).toBeUndefined();
});

test('of another address, connection or server it is worth nothing, nor is one that was changed', () => {
  const tokens = new AddressTokens();
  const token = tokens.make(peer, scid, firstDcid, NOW_MS);
  expect(tokens.check(token, { ...peer, port: 4001 }, scid, NOW_MS)).toBeUndefined();
  expect(tokens.check(token, { ...peer, host: '192.0.2.2' }, scid, NOW_MS)).toBeUndefined();
  expect(tokens.check(token, peer, randomBytes(20), NOW_MS)).toBeUndefined();
  expect(new AddressTokens().check(token, peer, scid, NOW_MS)).toBeUndefined();
  for (let at = 0; at < token.length; at++) {
    const changed = Buffer.from(token);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(tokens.check(changed, peer, scid, NOW_MS)).toBeUndefined();
  }
  for (const length of [0, 1, 40]) expect(tokens.check(token.subarray(0, length), peer, scid, NOW_MS)).toBeUndefined();
});
