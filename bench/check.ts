// `npm run bench:check`: fails when a ratio is more than 15 % worse than the one in bench/results.json. Absolute times
// are not compared. Measures as the committed results were measured, all benchmarks or those that are named after `--`.
import { readResults } from './support/results.js';
import { runBenchmark } from './support/run-benchmark.js';
import { type WorseRatio, worseRatios } from './support/worse-ratios.js';

/** Another program on the machine can make one measurement worse. A ratio fails only if it is worse in each. */
const MEASUREMENTS = 3;

const named = process.argv.slice(2);
const failed: string[] = [];
for (const [name, { settings, figures }] of Object.entries(readResults())) {
  if (named.length > 0 && !named.includes(name)) continue;
  let worse: WorseRatio[] = [];
  for (let measurement = 0; measurement < MEASUREMENTS; measurement += 1) {
    console.log(`\n${name}`);
    const again = worseRatios(figures, (await runBenchmark(name, settings)).figures);
    worse = measurement === 0 ? again : worse.filter((ratio) => again.some((one) => one.name === ratio.name));
    if (worse.length === 0) break;
  }
  failed.push(
    ...worse.map(({ name: ratio, before, after }) => `${name}, ${ratio}: ${before} before, ${after ?? 'none'} now`),
  );
}
for (const line of failed) console.error(`Worse by more than 15 %: ${line}`);
process.exit(failed.length > 0 ? 1 : 0);
