import type { Figure } from './results.js';

/** A ratio may get worse by this part, because the speed of a machine changes while it measures. */
const TOLERANCE = 0.15;

/** A ratio that got worse. `after` is undefined when it was not measured any more. */
export interface WorseRatio {
  name: string;
  before: number;
  after: number | null | undefined;
}

/** The ratios that are more than 15 % worse than before. Figures with a unit depend on the machine and are not compared. */
export function worseRatios(committed: readonly Figure[], measured: readonly Figure[]): WorseRatio[] {
  return committed.flatMap(({ name, value: before, unit, better }) => {
    if (unit !== null || before === null) return [];
    const after = measured.find((figure) => figure.name === name)?.value;
    const isKept =
      after != null && (better === 'higher' ? after >= before * (1 - TOLERANCE) : after <= before * (1 + TOLERANCE));
    return isKept ? [] : [{ name, before, after }];
  });
}
