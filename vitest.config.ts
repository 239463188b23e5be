import { defineConfig } from 'vitest/config';

// Server tests run on the compiled output: what is tested is what ships, worker threads included.
export default defineConfig({
  test: {
    include: ['dist/**/*.test.js', 'setup/**/*.test.mjs', 'web/**/*.test.ts'],
    pool: 'forks',
  },
});
