// `npm run test:topologies`: runs the gateway behind poolers, balancers and proxies, and on replicas and clusters: test/topologies/. Each
// is the real program, from a package of Debian. Some tests measure how long an outage lasts, so one file runs after another. It ends
// with one row for each topology, then `N passed, N failed`. Arguments are passed on to Vitest: `npm run test:topologies -- pgbouncer`.
import '../bin/require-node.mjs';
import { TOPOLOGY_PROGRAMS, installPrograms, missingPrograms } from './install-programs.mjs';
import { runVitest } from './run-vitest.mjs';

const missing = missingPrograms(TOPOLOGY_PROGRAMS);
if (missing.length > 0) installPrograms(missing);

const { passed, failed } = await runVitest([
  '--project',
  'topologies',
  '--no-file-parallelism',
  '--reporter=./test/topologies/support/reporter.ts',
  ...process.argv.slice(2),
]);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
