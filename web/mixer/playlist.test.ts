import { describe, expect, test } from 'vitest';
import { moved, neighbour } from './playlist.js';

const LIST = [{ id: 1 }, { id: 2 }, { id: 3 }];
const ids = (entries: readonly { id: number }[]): number[] => entries.map(({ id }) => id);

describe('a playlist', () => {
  test.each([
    [3, -1, [1, 3, 2]],
    [1, 1, [2, 1, 3]],
    [1, 2, [2, 3, 1]],
    [1, -1, [1, 2, 3]],
    [3, 1, [1, 2, 3]],
    [9, 1, [1, 2, 3]],
  ])('%i moved by %i', (id, by, order) => {
    expect(ids(moved(LIST, id, by))).toEqual(order);
    expect(ids(LIST)).toEqual([1, 2, 3]);
  });

  test('what comes next and what was before', () => {
    expect(neighbour(LIST, 2, 1)?.id).toBe(3);
    expect(neighbour(LIST, 2, -1)?.id).toBe(1);
  });

  test('there is nothing before the first, after the last, or beside what is not there', () => {
    expect(neighbour(LIST, 1, -1)).toBeUndefined();
    expect(neighbour(LIST, 3, 1)).toBeUndefined();
    expect(neighbour(LIST, 9, -1)).toBeUndefined();
    expect(neighbour(LIST, undefined, 1)).toBeUndefined();
  });
});
