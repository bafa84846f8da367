import { describe, expect, test } from 'vitest';
import { type Figure, type Result, readResults } from '../../bench/support/results.js';
import { worseRatios } from '../../bench/support/worse-ratios.js';
import { printBenchmarks } from '../../scripts/reference/benchmarks.js';
import { readPage } from './pages.js';

const figure = (change: Partial<Figure>): Figure => ({
  name: 'sign-ins, gateway to floor',
  value: 1,
  unit: null,
  better: 'higher',
  goal: null,
  ...change,
});

describe('bench:check', () => {
  test.each([
    ['higher', 0.86, 0.84],
    ['lower', 1.14, 1.16],
  ] as const)('fails a ratio of which %s is better only when it is more than 15 %% worse', (better, kept, worse) => {
    const committed = [figure({ better })];
    expect(worseRatios(committed, [figure({ better, value: kept })])).toEqual([]);
    expect(worseRatios(committed, [figure({ better, value: worse })])).toMatchObject([{ before: 1, after: worse }]);
    expect(worseRatios(committed, [figure({ better, value: better === 'higher' ? 9 : 0.1 })])).toEqual([]);
  });

  test('fails a ratio that is not measured any more, and one that had no answer', () => {
    expect(worseRatios([figure({})], [])).toMatchObject([{ after: undefined }]);
    expect(worseRatios([figure({})], [figure({ value: null })])).toMatchObject([{ after: null }]);
  });

  test('compares no figure with a unit, which depends on the machine', () => {
    const time = figure({ unit: 'ms', better: 'lower' });
    expect(worseRatios([time], [{ ...time, value: 1_000 }])).toEqual([]);
  });
});

describe('the page of the benchmarks', () => {
  const result: Result = {
    measuredOn: '2026-11-29',
    machine: { processor: 'Some processor', cores: 2, memoryGb: 8, system: 'Linux 6', load: 0.2 },
    versions: { 'Node.js': '20.20.0' },
    settings: { ROUNDS: 3 },
    figures: [
      figure({ name: 'met', goal: 0.9 }),
      figure({ name: 'missed', goal: 1.1 }),
      figure({ name: 'slow', unit: 'ms', better: 'lower', value: null, goal: 100 }),
    ],
    output: ['clients  server', '      1  gateway'],
  };

  test('shows what a benchmark printed, and every goal that is missed', () => {
    const page = printBenchmarks({ growth: result });
    expect(page).toContain('```text\nclients  server\n      1  gateway\n```');
    expect(page).toContain('1 of 3 goals are met. These are missed:');
    expect(page).toContain('| missed | 1 | at least 1.1 |\n| slow | no answer | at most 100 ms |\n');
    expect(page).not.toContain('| met |');
    expect(page).not.toContain('not reliable');
  });

  test('says that a result of a busy machine is not reliable', () => {
    for (const load of [1.5, null])
      expect(printBenchmarks({ growth: { ...result, machine: { ...result.machine, load } } })).toContain(
        'not reliable',
      );
  });

  test('agrees with the committed results', () => {
    const results = readResults();
    expect(Object.keys(results).length).toBeGreaterThan(0);
    expect(readPage('docs/operations/benchmarks.md')).toBe(printBenchmarks(results));
  });
});
