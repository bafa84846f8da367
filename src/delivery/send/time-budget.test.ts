import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeFor } from './time-budget.js';

describe('the time of a channel', () => {
  test.for([
    ['alone', 10_000, 0, 15_000, 10_000],
    ['alone, with a limit', 10_000, 0, 5_000, 5_000],
    ['before one other, for which a second is reserved', 10_000, 1, 15_000, 9_000],
    ['before three others', 10_000, 3, 15_000, 7_000],
    ['before others, with a limit', 10_000, 3, 5_000, 5_000],
    ['before others when time is short: an even share', 1_500, 2, 5_000, 500],
    ['when no time is left', 0, 2, 5_000, 1],
    ['when the budget is overdrawn', -300, 2, 5_000, 1],
  ] as const)('%s', ([, left, following, most, expected]) => {
    expect(timeFor(left, following, most)).toBe(expected);
  });

  test('of all channels together stays within the budget, and gives each a turn', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 20_000 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1_000, max: 15_000 }),
        (budget, channels, most) => {
          let left = budget;
          for (let following = channels - 1; following >= 0; following -= 1) {
            const mine = timeFor(left, following, most);
            expect(mine).toBeGreaterThanOrEqual(Math.floor(Math.min(1_000, most, budget / channels)) - 1);
            left -= mine; // as slow as it may be
          }
          expect(left).toBeGreaterThanOrEqual(-channels); // each is rounded to a millisecond
        },
      ),
    );
  });
});
