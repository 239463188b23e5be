import { expect, test } from 'vitest';
import { Budgets } from './budgets.js';
import { GROUP_BUDGET, USER_BUDGET } from './limits.js';

const UID = 1000;

test('all connections of a process share what it may take of the main thread, and no other process does', () => {
  const budgets = new Budgets();
  const [one, same, other] = [7, 7, 8].map((pid) => budgets.make({ uid: UID, pid }, 0));
  one?.workMs.spend(GROUP_BUDGET.workMs.atOnce + 1);
  expect(same?.isDry(0)).toBe(true);
  expect(other?.isDry(0)).toBe(false);
});

test('a number that was one user’s process, and is another’s now, is shared by neither', () => {
  const budgets = new Budgets();
  const [before, after] = [UID, UID + 1].map((uid) => budgets.make({ uid, pid: 7 }, 0));
  before?.workMs.spend(USER_BUDGET.workMs.atOnce + 1);
  expect(after?.isDry(0)).toBe(false);
});

test.each(['frames', 'soundBytes', 'seeks', 'workMs'] as const)(
  'a user’s processes share %s, and no other user does',
  (what) => {
    const budgets = new Budgets();
    const all = Array.from({ length: 5 }, (_, pid) => budgets.make({ uid: UID, pid }, 0));
    const stranger = budgets.make({ uid: UID + 1, pid: 99 }, 0);
    for (const one of all.slice(0, 4)) one[what].spend(USER_BUDGET[what].atOnce / 4);
    expect(all[4]?.isDry(0)).toBe(true);
    expect(stranger.isDry(0)).toBe(false);
  },
);

test('what sandboxes hold in shares less, and leaves its user the rest', () => {
  const budgets = new Budgets();
  const [one, other] = [7, 8].map((pid) => budgets.make({ uid: UID, pid, sandbox: 'flatpak' }, 0));
  const free = budgets.make({ uid: UID, pid: 9 }, 0);
  one?.seeks.spend(GROUP_BUDGET.seeks.atOnce);
  expect(other?.isDry(0)).toBe(true);
  expect(free.isDry(0)).toBe(false);
});

test('all connections of another machine share', () => {
  const budgets = new Budgets();
  const [one, neighbour, stranger] = ['fd00:1:2:3::4', 'fd00:1:2:3::5', 'fd00:1:2:4::4'].map((remote) =>
    budgets.make({ remote }, 0),
  );
  one?.workMs.spend(GROUP_BUDGET.workMs.atOnce + 1);
  expect(neighbour?.isDry(0)).toBe(true);
  expect(stranger?.isDry(0)).toBe(false);
});
