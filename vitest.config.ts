import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 900_000,
    // Two workers at most: tests that build kernels start processes of their own on both cores.
    maxWorkers: 2,
  },
});
