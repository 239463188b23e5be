import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SetupError } from './say.mjs';
import { ensureSystemPackages, FOR_TESTING } from './system-packages.mjs';

const MISSING = [{ what: 'a violin', present: () => false, packages: [['violin'], ['bow2', 'bow']] }];

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('missing system packages', () => {
  beforeEach(() => void vi.spyOn(process, 'getuid').mockReturnValue(1000));

  test('are one line to run for a person who is not root', async () => {
    const refusal = ensureSystemPackages(MISSING);
    await expect(refusal).rejects.toBeInstanceOf(SetupError);
    await expect(refusal).rejects.toThrow(
      'missing: a violin. Run this once:\n\n  sudo apt-get install -y violin bow\n',
    );
  });

  test('are named where there is no apt-get', async () => {
    vi.stubEnv('PATH', '/nowhere');
    await expect(ensureSystemPackages(MISSING)).rejects.toThrow(/missing: a violin\.\n.*violin bow$/s);
  });

  test('are none where everything is found', async () => {
    await expect(ensureSystemPackages(FOR_TESTING)).resolves.toBeUndefined();
  });
});
