import { expect, test } from 'vitest';
import { WeirError } from '../../observe/errors.js';
import { TICKET_LIMITS } from './limits.js';
import { Tickets } from './tickets.js';

const alice = { pid: 1, uid: 1000 };

function issue(tickets: Tickets, identity = alice, nowMs = 0): string {
  const ticket = tickets.issue(identity, nowMs);
  if (ticket instanceof WeirError) throw ticket;
  return ticket;
}

test('a ticket says whose it is, once', () => {
  const tickets = new Tickets();
  const ticket = issue(tickets);
  expect(tickets.redeem(ticket, 1)).toEqual(alice);
  expect(tickets.redeem(ticket, 1)).toBeUndefined();
  expect(tickets.redeem('', 1)).toBeUndefined();
});

test('it is long, and never the same', () => {
  const tickets = new Tickets();
  const all = new Set(Array.from({ length: TICKET_LIMITS.perProcess }, () => issue(tickets)));
  expect(all.size).toBe(TICKET_LIMITS.perProcess);
  for (const ticket of all) expect(Buffer.from(ticket, 'base64url')).toHaveLength(TICKET_LIMITS.bytes);
});

test('too late it is worth nothing', () => {
  const tickets = new Tickets();
  const ticket = issue(tickets);
  expect(tickets.redeem(ticket, TICKET_LIMITS.lifeMs)).toBeUndefined();
});

test('one process gets so many, all together so many; time gives them back', () => {
  const tickets = new Tickets();
  for (let i = 0; i < TICKET_LIMITS.perProcess; i++) issue(tickets);
  expect(tickets.issue(alice, 1)).toMatchObject({ code: 'TOO_BUSY' });
  const others = TICKET_LIMITS.all - TICKET_LIMITS.perProcess;
  for (let i = 0; i < others; i++) issue(tickets, { pid: 100 + i, uid: 1000 });
  expect(tickets.issue({ pid: 9999, uid: 1000 }, 1)).toMatchObject({ code: 'TOO_BUSY' });
  expect(issue(tickets, alice, TICKET_LIMITS.lifeMs + 1)).not.toBe('');
});
