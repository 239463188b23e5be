import { defineConfig } from 'vitest/config';

// Server tests run on the compiled output: what is tested is what ships, worker threads included.
export default defineConfig({
  test: {
    pool: 'forks',
    // A bound on what hangs, no statement on speed: machines are slow and shared.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['dist/**/*.test.js', 'setup/**/*.test.mjs', 'web/**/*.test.ts'],
          exclude: ['dist/e2e/**', '**/node_modules/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Servers, browsers and players in real time: one file at a time, or they would starve each other.
          name: 'whole paths',
          include: ['dist/e2e/**/*.test.js'],
          maxWorkers: 1,
          // A machine that something else holds up for a second fails what is true: what fails twice is broken.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
