import { defineConfig } from 'vitest/config';

// Server tests run on the compiled output: what is tested is what ships, worker threads included.
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js', 'setup/**/*.test.mjs', 'web/**/*.test.ts'],
    pool: 'forks',
    // A bound on what hangs, no statement on speed: machines are slow and shared.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
