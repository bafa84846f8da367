// `npm run durations`: copies how long each test file took in the last run into test/durations.json, for clones in
// which no test has run yet. Run it after `npm test` when you have moved a test file, or when its duration has changed
// a lot.
import '../bin/require-node.mjs';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/**
 * The folder in which Vitest stores the results of its last runs: pairs of `project:path` and a duration in
 * milliseconds.
 */
const cache = join(root, 'node_modules/.vite/vitest');
/** For shorter files the order does not matter. */
const SHORTEST_SECONDS = 2;

const runs = existsSync(cache) ? readdirSync(cache).map((folder) => join(cache, folder, 'results.json')) : [];
const durations = runs
  .filter((file) => existsSync(file))
  .flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).results)
  .map(([key, { duration }]) => [key.replace(/^[^:]*:/, ''), Math.round(duration / 1000)])
  .filter(([path, seconds]) => seconds >= SHORTEST_SECONDS && existsSync(join(root, path)))
  .toSorted(([, one], [, other]) => other - one);
if (durations.length === 0) {
  console.error('No test has run in this clone yet: run "npm test" first.');
  process.exit(1);
}
writeFileSync(join(root, 'test/durations.json'), `${JSON.stringify(Object.fromEntries(durations), null, 2)}\n`);
