import { describe, expect, test } from 'vitest';
import { may, type Verb } from './may.js';

const verbs: Verb[] = ['greet', 'play', 'record', 'look', 'mix'];
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
});
