import { afterEach, describe, expect, test, vi } from 'vitest';
import { ClockMemory } from './clock-memory.js';

const FOUND = { skew: 42e-6, error: 1e-6 };

/** A browser that has `text` from before, if anything. */
function browserWith(text?: string): Map<string, string> {
  const kept = new Map(text === undefined ? [] : [['weir.clock', text]]);
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  return kept;
}

afterEach(() => void vi.unstubAllGlobals());

describe('what is known of a browser’s clock', () => {
  test('is there at the next visit, less sure than it was', () => {
    browserWith();
    expect(new ClockMemory().known).toBeUndefined();
    new ClockMemory().note(FOUND);
    const { known } = new ClockMemory();
    expect(known?.skew).toBe(FOUND.skew);
    expect(known?.error).toBeGreaterThan(2 * FOUND.error);
  });

  test('is kept once it is known well, and not each second', () => {
    const kept = browserWith();
    const memory = new ClockMemory();
    memory.note({ skew: 42e-6, error: 20e-6 });
    expect(kept.size).toBe(0);
    memory.note(FOUND);
    memory.note({ skew: 43e-6, error: 1e-6 });
    expect(new ClockMemory().known?.skew).toBe(FOUND.skew);
  });

  test.each(['', 'x', '{}', '42', 'NaN 0', '1 1e-6', '-1e-2 1e-6', '1e-6 -1', '1e-6 1', 'Infinity 0'])(
    'is nothing where %j is kept',
    (text) => {
      browserWith(text);
      expect(new ClockMemory().known).toBeUndefined();
    },
  );

  test('is kept for this visit where the browser keeps nothing', () => {
    const refuses = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: refuses, setItem: refuses });
    const memory = new ClockMemory();
    expect(memory.known).toBeUndefined();
    memory.note(FOUND);
    expect(memory.known?.skew).toBe(FOUND.skew);
  });
});
