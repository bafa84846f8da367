// `npm run bench`: runs all benchmarks, or those that are named after `--`, and writes bench/results.json and the page of
// the documentation that is made from it.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readResults, writeResults } from './support/results.js';
import { BENCHMARKS, runBenchmark } from './support/run-benchmark.js';

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(BENCHMARKS as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark is named ${unknown.join(', ')}. There are: ${BENCHMARKS.join(', ')}`);
  process.exit(1);
}
for (const name of BENCHMARKS.filter((name) => named.length === 0 || named.includes(name))) {
  console.log(`\n${name}`);
  const result = await runBenchmark(name);
  // After each, so that an interrupted run keeps what it has measured.
  writeResults({ ...readResults(), [name]: result });
}
const printReference = fileURLToPath(new URL('../scripts/print-reference.ts', import.meta.url));
execFileSync(process.execPath, ['--import', 'tsx', printReference], { stdio: 'inherit' });
