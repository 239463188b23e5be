import { expect, test } from 'vitest';
import { WeirError } from '../../../observe/errors.js';
import { placingOf, usualPlacing } from '../formats/placing.js';
import { Balance, positionOf, volumesOf } from './volumes.js';

function balanceOf(volumes: readonly number[], channels: number): Balance {
  const balance = Balance.of(volumes, channels);
  if (balance instanceof WeirError) throw balance;
  return balance;
}

test('the fader stands where the loudest channel is, at most at its end', () => {
  expect(positionOf([0x8000, 0x4000])).toBe(0.5);
  expect(positionOf([0x7fff_ffff])).toBe(1.5);
  expect(volumesOf(0.5, 3)).toEqual([0x8000, 0x8000, 0x8000]);
});

test('whoever moves the fader, the channels keep their shares of it', () => {
  const balance = balanceOf([30_000, 60_000], 2);
  expect(balance.at(60_000 / 0x1_0000)).toEqual([30_000, 60_000]);
  expect(balance.at(0.5)).toEqual([0x4000, 0x8000]);
});

test('gains are cubic, and in the order of the ring', () => {
  const balance = balanceOf([0x1_0000, 0x8000, 0], 3);
  expect(balance.gains(usualPlacing([1, 2, 7]))).toEqual([1, 0.125, 0]);
  expect(balance.gains(usualPlacing([7, 1, 2]))).toEqual([0.125, 0, 1]);
  expect(balance.gains(placingOf([1, 2, 7], { noRemap: true, noRemix: false }, 4))).toEqual([1, 0.125, 0, 1]);
});

test('silence and one volume for all are even; another number of channels is refused', () => {
  expect(balanceOf([0, 0], 2).gains(usualPlacing([1, 2]))).toEqual([1, 1]);
  expect(balanceOf([0x4000], 2).at(1)).toEqual([0x1_0000, 0x1_0000]);
  expect(Balance.of([1, 2, 3], 2)).toMatchObject({ code: 'REQUEST_INVALID' });
});
