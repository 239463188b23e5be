import { expect, test } from 'vitest';
import { Charge } from '../mempool/quota.js';
import { WeirError } from '../observe/errors.js';
import { QUOTAS_TOGETHER } from './limits.js';
import { Quotas } from './quotas.js';

const POOL_BYTES = 1000;
const UID = 1000;

const codeOf = (refused: WeirError | undefined): string => refused?.code ?? 'taken';

test('a user’s connections hold so much together, and no other user is the poorer', () => {
  const quotas = new Quotas(POOL_BYTES);
  const all = Array.from({ length: QUOTAS_TOGETHER.user + 1 }, (_, pid) => quotas.make({ uid: UID, pid }));
  expect(all.map((quota) => codeOf(quota.charge(POOL_BYTES)))).toEqual([
    ...Array<string>(QUOTAS_TOGETHER.user).fill('taken'),
    'QUOTA_EXCEEDED',
  ]);
  expect(codeOf(quotas.make({ uid: UID + 1 }).charge(POOL_BYTES))).toBe('taken');
  all[0]?.release(POOL_BYTES);
  expect(codeOf(all.at(-1)?.charge(POOL_BYTES))).toBe('taken');
});

test('a connection holds no more than its own quota, and what is refused takes nothing of its user’s', () => {
  const quotas = new Quotas(POOL_BYTES);
  for (let i = 0; i < 2 * QUOTAS_TOGETHER.user; i++) {
    expect(codeOf(quotas.make({ uid: UID }).charge(POOL_BYTES + 1))).toBe('QUOTA_EXCEEDED');
  }
  expect(codeOf(quotas.make({ uid: UID }).charge(POOL_BYTES))).toBe('taken');
});

test('what a user’s sandboxes hold in has a smaller share of his', () => {
  const quotas = new Quotas(POOL_BYTES);
  const caged = Array.from({ length: QUOTAS_TOGETHER.sandboxes + 1 }, () => quotas.make({ uid: UID, sandbox: 'snap' }));
  expect(caged.map((quota) => codeOf(quota.charge(POOL_BYTES))).at(-1)).toBe('QUOTA_EXCEEDED');
  const free = Array.from({ length: QUOTAS_TOGETHER.user - QUOTAS_TOGETHER.sandboxes + 1 }, () =>
    quotas.make({ uid: UID }),
  );
  expect(free.map((quota) => codeOf(quota.charge(POOL_BYTES)))).toEqual([
    ...Array<string>(free.length - 1).fill('taken'),
    'QUOTA_EXCEEDED',
  ]);
});

test('a stream goes from one connection to another where their user has no room for it twice', () => {
  const quotas = new Quotas(POOL_BYTES);
  const all = Array.from({ length: QUOTAS_TOGETHER.user - 1 }, () => quotas.make({ uid: UID }));
  for (const quota of all) quota.charge(POOL_BYTES);
  const [from, to] = [quotas.make({ uid: UID }), quotas.make({ uid: UID })];
  const charge = Charge.take(from, POOL_BYTES);
  if (charge instanceof WeirError) throw charge;
  expect(codeOf(Charge.move([charge], to))).toBe('taken');
  expect([from.usedBytes, to.usedBytes]).toEqual([0, POOL_BYTES]);
  const full = quotas.make({ uid: UID + 1 });
  full.charge(1);
  expect(codeOf(Charge.move([charge], full))).toBe('QUOTA_EXCEEDED');
  charge.release();
  expect([to.usedBytes, full.usedBytes]).toEqual([0, 1]);
});
