import { describe, expect, test } from 'vitest';
import { phaseWords } from './words.js';

describe('how a stream does', () => {
  test('is what its state says', () => {
    expect(phaseWords({ phase: 'draining' })).toBe('ending');
    expect(phaseWords({ phase: 'playing' }, { suspended: false })).toBe('playing');
  });

  test('is waiting where its output let go of its device', () => {
    expect(phaseWords({ phase: 'filling' }, { suspended: true })).toBe('waiting for its output');
  });
});
