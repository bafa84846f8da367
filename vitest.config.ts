import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node resolves graphql's CommonJS build for everybody; Vite would give our sources the other one, and the two do not mix.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file has databases and gateways of its own; two cores carry two of them at a time.
    maxWorkers: 2,
    // To load the whole gateway anew for each file would take longer than the tests of many. So no file may leave anything
    // behind, nor move the clock (Date) where ids are made: those made after it would be of another time.
    isolate: false,
  },
});
