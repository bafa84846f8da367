import type { RecentOutcome } from '../decoy/recent-outcomes.js';

/** Fewer receipts than these say little about a channel. */
const ENOUGH_RECEIPTS = 5;
/** The share of the receipts that come within the wait. */
const SHARE = 0.95;
/** A receipt that is a little later than the others is no failure either. */
const SPARE = 1.25;

/**
 * How long a missing receipt is no failure, by the receipts that the messages of a channel recently had: 0 when most messages got none, so
 * that a missing one says nothing; undefined when there are too few. See docs/decisions/0072.
 */
export function receiptWaitSeconds(outcomes: readonly RecentOutcome[]): number | undefined {
  const silent = outcomes.filter(({ outcome }) => outcome === 'none').length;
  if (silent >= ENOUGH_RECEIPTS && silent * 2 > outcomes.length) return 0;
  const delays = outcomes
    .filter(({ outcome }) => outcome === 'delivered')
    .map(({ afterMs }) => afterMs)
    .toSorted((one, other) => one - other);
  if (delays.length < ENOUGH_RECEIPTS) return undefined;
  const latest = delays[Math.ceil(delays.length * SHARE) - 1] ?? 0;
  return Math.ceil((latest * SPARE) / 1000);
}
