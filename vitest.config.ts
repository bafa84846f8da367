import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

/** One PostgreSQL and one Redis for the whole run, started only where a project that needs them runs. */
export const SERVERS = 'test/support/servers-once.ts';

/** What all ways to run the tests share. */
export const shared = defineConfig({
  // Node resolves graphql's CommonJS build for all packages. Vite would give our sources the other build, and the two cannot be mixed.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    // Only a test that hangs should meet these: on a slow machine, some tests with several gateways take half a minute.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // Tests wait more than they compute, so three workers keep two cores busy. With four, the run takes longer and each test is slower.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Loading the whole gateway for each file would take longer than the tests of many files. So files share a process: a file must
    // leave nothing behind, and must not move the clock (Date) while IDs are created, because later IDs would have a wrong time.
    isolate: false,
    coverage: {
      provider: 'v8',
      include: ['{src,packages/*/src}/**/*.{ts,tsx}'],
      exclude: ['src/db/prisma/**', '**/*.test.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
  },
});

/** Parts of the suite, for the commands `test:unit`, `test:integration`, `test:browser`, `test:examples` and `test:topologies`. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      projects: [
        {
          extends: true,
          test: { name: 'unit', include: ['{src,packages/*/src}/**/*.test.ts'] },
        },
        {
          extends: true,
          test: {
            name: 'integration',
            include: ['{test,packages/*/test,simulators}/**/*.test.ts'],
            exclude: [...configDefaults.exclude, 'test/browser/**', 'test/examples/**', 'test/topologies/**'],
            globalSetup: SERVERS,
          },
        },
        {
          extends: true,
          test: { name: 'browser', include: ['test/browser/**/*.test.ts'], globalSetup: SERVERS },
        },
        {
          extends: true,
          test: { name: 'examples', include: ['test/examples/**/*.test.ts'], globalSetup: SERVERS },
        },
        {
          extends: true,
          test: { name: 'topologies', include: ['test/topologies/**/*.test.ts'], globalSetup: SERVERS },
        },
      ],
    },
  }),
);
