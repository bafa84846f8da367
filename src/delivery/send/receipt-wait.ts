import type { SettledOutcome } from '../decoy/recent-outcomes.js';

/** Fewer receipts than these say little about a channel. */
const ENOUGH_RECEIPTS = 5;
/** The share of the receipts that come within the wait. */
const SHARE = 0.95;
/** A receipt that is a little later than the others is no failure either. */
const SPARE = 1.25;

/**
 * How long a missing receipt is no failure, by the messages that a channel recently had: 0 when most of those that arrived got no receipt,
 * so that a missing one says nothing; undefined when there are too few. A message without a receipt arrived if its code was used: others
 * were sent to phones that are switched off, or the channel delivers nothing. See docs/decisions/0072 and docs/decisions/0077.
 */
export function receiptWaitSeconds(outcomes: readonly SettledOutcome[]): number | undefined {
  const silent = outcomes.filter(({ usedWithoutReceipt }) => usedWithoutReceipt).length;
  const delays = outcomes
    .filter(({ outcome }) => outcome === 'delivered')
    .map(({ afterMs }) => afterMs)
    .toSorted((one, other) => one - other);
  if (silent >= ENOUGH_RECEIPTS && silent > delays.length) return 0;
  if (delays.length < ENOUGH_RECEIPTS) return undefined;
  const latest = delays[Math.ceil(delays.length * SHARE) - 1] ?? 0;
  return Math.ceil((latest * SPARE) / 1000);
}
