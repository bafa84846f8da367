// Prints docs/reference/ and the diagrams of docs/ from the code, and the page of the benchmarks from their results. Usage: npm run docs:reference.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { printChannelKinds, printChannelLabels } from './reference/channel-kinds.js';
import { printBenchmarks } from './reference/benchmarks.js';
import { printCommandLine } from './reference/command-line.js';
import { printConfiguration } from './reference/configuration.js';
import { drawDataFlow } from './reference/data-flow.js';
import { drawArchitecture, drawAttempt, drawModules } from './reference/diagrams.js';
import { printErrors } from './reference/errors.js';
import { printOperations, printTypes } from './reference/graphql.js';
import { printLimits } from './reference/limits.js';
import { printLogEvents } from './reference/log-events.js';
import { printRetention } from './reference/retention.js';
import { printRoutes } from './reference/routes.js';
import { printTables } from './reference/tables.js';

const root = new URL('../', import.meta.url);

/** Every file that is printed, by its path in the repository. */
export async function printReference(): Promise<Map<string, string>> {
  const schema = buildSchema(readFileSync(new URL('schema.graphql', root), 'utf8'));
  return new Map([
    ['docs/reference/configuration.md', printConfiguration()],
    ['docs/reference/graphql.md', printOperations(schema)],
    ['docs/reference/graphql-types.md', printTypes(schema)],
    ['docs/reference/errors.md', printErrors(schema)],
    ['docs/reference/log-events.md', printLogEvents()],
    ['docs/reference/limits.md', printLimits()],
    ['docs/reference/routes.md', printRoutes()],
    ['docs/reference/command-line.md', await printCommandLine()],
    ['docs/reference/tables.md', printTables()],
    ['docs/reference/retention.md', printRetention()],
    ['packages/react/src/channel-kinds.ts', printChannelKinds()],
    ['src/web/dev-phone/channel-labels.ts', printChannelLabels()],
    ['docs/operations/benchmarks.md', printBenchmarks()],
    ['docs/images/architecture.svg', drawArchitecture()],
    ['docs/images/modules.svg', drawModules()],
    ['docs/images/attempt.svg', drawAttempt()],
    ['docs/images/data-flow.svg', drawDataFlow()],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.columns = 80; // the help of commands is as wide as the terminal
  for (const [path, text] of await printReference()) writeFileSync(new URL(path, root), text);
}
