import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import { SERVERS, shared } from './vitest.config.js';

/**
 * The whole suite, for `npm test` and `npm run coverage`. It is one project: a worker loads the gateway again for each project,
 * and here a browser test computes while another test waits.
 */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      include: ['{src,test,packages,simulators}/**/*.test.ts'],
      // They install and build four applications, which takes as long as a fifth of the suite: `npm run test:examples`, or `npm test -- --examples`.
      // Topologies need more programs, and time: `npm run test:topologies`.
      exclude: [...configDefaults.exclude, 'test/examples/**', 'test/topologies/**'],
      globalSetup: SERVERS,
    },
  }),
);
