import { expect, test } from 'vitest';
import { Crowd } from './crowd.js';
import { HTTP_LIMITS } from './limits.js';

/** How many of `count` connections are taken. */
function taken(count: number, admit: (index: number) => boolean): number {
  return Array.from({ length: count }, (_, index) => admit(index)).filter(Boolean).length;
}

test('one address holds only so many connections; one that goes makes room', () => {
  const crowd = new Crowd();
  expect(taken(HTTP_LIMITS.addressConnections + 5, () => crowd.admit('10.0.0.1', 0))).toBe(
    HTTP_LIMITS.addressConnections,
  );
  expect(crowd.admit('10.0.0.2', 0)).toBe(true);
  crowd.leave('10.0.0.1');
  expect(crowd.admit('10.0.0.1', 0)).toBe(true);
});

test('one address opens only so many in a time, however soon it closes them', () => {
  const crowd = new Crowd();
  const openAndClose = (nowMs: number): boolean => {
    const admitted = crowd.admit('10.0.0.1', nowMs);
    if (admitted) crowd.leave('10.0.0.1');
    return admitted;
  };
  expect(taken(HTTP_LIMITS.openings + 5, () => openAndClose(0))).toBe(HTTP_LIMITS.openings);
  expect(openAndClose(HTTP_LIMITS.openingsMs - 1)).toBe(false);
  expect(openAndClose(HTTP_LIMITS.openingsMs)).toBe(true);
});

test('one machine with a network of IPv6 addresses is one caller, with the share of a house', () => {
  const crowd = new Crowd();
  const { addressConnections, openings, networkShare } = HTTP_LIMITS;
  const from = (index: number): string => `fd00:1:2:3::${(index + 1).toString(16)}`;
  expect(taken(1000, (index) => crowd.admit(from(index), 0))).toBe(addressConnections * networkShare);
  expect(crowd.admit('fd00:1:2:4::1', 0)).toBe(true);
  for (let index = 0; index < addressConnections * networkShare; index += 1) crowd.leave(from(index));
  const openAndClose = (index: number): boolean => {
    const admitted = crowd.admit(from(index), 0);
    if (admitted) crowd.leave(from(index));
    return admitted;
  };
  expect(taken(1000, openAndClose)).toBe((openings - addressConnections) * networkShare);
});

test('all other machines together hold only so many: this machine keeps places', () => {
  const crowd = new Crowd();
  const many = taken(HTTP_LIMITS.connections, (index) => crowd.admit(`10.0.1.${index % 250}`, 0));
  expect(many).toBe(HTTP_LIMITS.lanConnections);
  expect(many).toBeLessThan(HTTP_LIMITS.connections);
});

test('only so many addresses are counted; those that are gone are forgotten in time', () => {
  const crowd = new Crowd();
  const admit = (from: number, nowMs: number) => (index: number) => {
    const address = `fd00:${(from + index).toString(16)}::1`;
    const admitted = crowd.admit(address, nowMs);
    if (admitted) crowd.leave(address);
    return admitted;
  };
  const { countedAddresses, openingsMs } = HTTP_LIMITS;
  expect(taken(countedAddresses + 5, admit(0, 0))).toBe(countedAddresses);
  expect(taken(5, admit(9000, openingsMs - 1))).toBe(0);
  expect(taken(5, admit(9000, openingsMs))).toBe(5);
});
