import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Two, also on larger machines: suites start browsers and servers of their own.
    maxWorkers: 2,
    // Long enough for a browser or a database to start on a busy machine with two cores; no test measures time.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
