import { expect, test } from 'vitest';
import { Quota } from '../../mempool/quota.js';
import { WeirError } from '../../observe/errors.js';
import { ChargedProplist, costOf } from './charged-proplist.js';
import { proplistOf } from './wire/values/proplist.js';

const LIST = proplistOf({ 'media.name': 'song', 'media.role': 'music' });

test('is charged while it is kept, and only what is kept', () => {
  const quota = new Quota(10_000);
  const said = ChargedProplist.of(LIST, quota);
  if (said instanceof WeirError) throw said;
  expect(quota.usedBytes).toBe(costOf(LIST));
  expect(said.replace(proplistOf({ 'media.name': 'x' }))).toBeUndefined();
  expect(quota.usedBytes).toBe(costOf(said.value));
  said.free();
  expect(quota.usedBytes).toBe(0);
});

test('stays as it was where there is no room for more', () => {
  const quota = new Quota(costOf(LIST));
  const said = ChargedProplist.of(LIST, quota);
  if (said instanceof WeirError) throw said;
  expect(said.replace(proplistOf({ 'media.name': 'a song', 'media.role': 'music' }))).toMatchObject({
    code: 'QUOTA_EXCEEDED',
  });
  expect(said.value).toBe(LIST);
  expect(ChargedProplist.of(LIST, quota)).toMatchObject({ code: 'QUOTA_EXCEEDED' });
});
