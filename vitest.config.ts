import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take longest, the longest first. */
const LONGEST = [
  'web/client/watch',
  'start/embedded',
  'web/client/obstacles',
  'realtime/redis-outage',
  'delivery/failover',
  'delivery/receipts',
  'browser/states',
  'delivery/crash',
  'browser/examples',
  'browser/by-code',
  'cli/providers',
  'cli/import',
  'realtime/watch',
  'sessions/keys',
  'cli/doctor',
  'cli/command-line',
  'start/mistakes',
  'faults/database-outage',
  'admin/feeds',
  'realtime/clean-up',
  'api/webhook',
  'api/send-budgets',
  'api/concurrency',
  'conformance/frames',
];

/** Begins with the longest, so that none of them is left to run alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  // Node resolves graphql's CommonJS build for everybody; Vite would give our sources the other one, and the two do not mix.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'simulators/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file has databases and gateways of its own; two cores carry two of them at a time.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // To load the whole gateway anew for each file would take longer than the tests of many. So no file may leave anything
    // behind, nor move the clock (Date) where ids are made: those made after it would be of another time.
    isolate: false,
  },
});
