import { writeFileSync } from 'node:fs';
import type { Figure, Measurement } from './results.js';

/** What a benchmark prints and measures. */
export interface Report {
  /** The value of an environment variable that changes how the benchmark measures. */
  setting(name: string, fallback: number): number;
  /** The versions of what runs, by program. */
  versions(versions: Record<string, string>): void;
  print(line: string): void;
  /** A figure without a unit is a ratio. */
  figure(figure: Pick<Figure, 'name' | 'better'> & { value: number; unit?: string; goal?: number }): void;
  /** Writes the report to the file that BENCH_REPORT names, where `npm run bench` reads it. */
  save(): void;
}

export function createReport(): Report {
  const report: Measurement = { settings: {}, versions: {}, figures: [], output: [] };
  return {
    setting(name, fallback) {
      return (report.settings[name] = Number(process.env[name] ?? fallback));
    },
    versions(versions) {
      Object.assign(report.versions, versions);
    },
    print(line) {
      console.log(line);
      report.output.push(...line.split('\n'));
    },
    figure({ value, unit = null, goal = null, ...figure }) {
      const rounded = Number.isFinite(value) ? Number(value.toPrecision(3)) : null;
      report.figures.push({ ...figure, value: rounded, unit, goal });
    },
    save() {
      const file = process.env['BENCH_REPORT'];
      if (file !== undefined) writeFileSync(file, JSON.stringify(report));
    },
  };
}
