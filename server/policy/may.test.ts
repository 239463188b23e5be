import { describe, expect, test } from 'vitest';
import { may, type Role, type Verb } from './may.js';

const verbs: Verb[] = ['greet', 'play', 'choose', 'record', 'look', 'mix', 'admit'];
const allowed = (uid: number, ownUid: number) => verbs.filter((verb) => may({ uid }, verb, ownUid) === undefined);

describe('may', () => {
  test('the own user and root may do everything', () => {
    expect(allowed(1000, 1000)).toEqual(verbs);
    expect(allowed(0, 1000)).toEqual(verbs);
  });

  test('another user may play, and neither listen nor mix', () => {
    expect(allowed(1001, 1000)).toEqual(['greet', 'play']);
    expect(may({ uid: 1001 }, 'record', 1000)?.code).toBe('NOT_ALLOWED');
  });

  const paired = (role: Role, uid?: number) =>
    verbs.filter((verb) => may({ uid, pairing: { role } }, verb, 1000) === undefined);

  test('a browser paired as owner may do everything, a signed address may listen', () => {
    expect(paired('owner')).toEqual(verbs);
    expect(paired('listener')).toEqual(['greet', 'record']);
  });

  test('a key decides alone: the user who bears it adds nothing', () => {
    expect(paired('listener', 1000)).toEqual(['greet', 'record']);
    expect(paired('listener', 0)).toEqual(['greet', 'record']);
  });

  test('a program of another machine may play and choose where, and neither listen nor mix', () => {
    const ofRemote = (uid?: number) =>
      verbs.filter((verb) => may({ uid, remote: '10.0.0.1' }, verb, 1000) === undefined);
    expect(ofRemote()).toEqual(['greet', 'play', 'choose']);
    expect(ofRemote(1000)).toEqual(['greet', 'play', 'choose']);
  });

  test('who is neither named by the kernel nor paired may not even greet', () => {
    expect(verbs.filter((verb) => may({}, verb, 1000) === undefined)).toEqual([]);
  });
});
