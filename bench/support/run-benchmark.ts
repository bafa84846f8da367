import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, cpus, loadavg, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Measurement, type Result, measurementSchema } from './results.js';

/** The benchmarks, by their folder in bench/, in the order in which they run. */
export const BENCHMARKS = ['sign-in', 'waiting', 'growth', 'statistics', 'hostile'] as const;

/** Runs a benchmark in a process of its own. @throws when it fails */
export async function runBenchmark(name: string, settings: Measurement['settings'] = {}): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'phonegate-bench-report-'));
  const file = join(folder, 'report.json');
  const machine = describeMachine();
  try {
    const variables = Object.entries(settings).map(([variable, value]) => [variable, String(value)]);
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url))],
      { env: { ...process.env, ...Object.fromEntries(variables), BENCH_REPORT: file }, stdio: 'inherit' },
    );
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`The benchmark ${name} ended with ${String(code)}`);
    const measurement = measurementSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { measuredOn: new Date().toISOString().slice(0, 10), machine, ...measurement };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const describeMachine = (): Result['machine'] => ({
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1024 ** 3),
  system: `${type()} ${arch()}`,
  load: Number((loadavg()[0] ?? 0).toFixed(1)),
});
