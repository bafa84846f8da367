import { isThisHour, isToday, recentlyVerified, secondsToNextDay, secondsToNextHour } from './guess-counts.js';
import { NETWORK_FAILURES_PER_HOUR, NETWORK_PHONES_PER_DAY, WIDER_NETWORKS } from './limits.js';

/** SQL: how many times the limits of a single customer the network `f` has. */
const width = (f: string) =>
  `CASE ${Object.entries(WIDER_NETWORKS)
    .map(([length, times]) => `WHEN ${f}.subject LIKE '%${length}' THEN ${times}`)
    .join(' ')} ELSE 1 END`;

const failsTooOften = `(${isThisHour('f')} AND f.hour_failures >= greatest(${NETWORK_FAILURES_PER_HOUR} * ${width('f')}, ${recentlyVerified('f')} / 2))`;
const failsForManyPhones = `(${isToday('f')} AND f.day_targets >= ${NETWORK_PHONES_PER_DAY} * ${width('f')} AND f.day_failures > ${recentlyVerified('f')})`;

/**
 * SQL: seconds until codes from these networks are checked again, at most a day; null while they are checked. The right
 * codes of a network raise its limits, so that thousands of people may share an address and make mistakes.
 *
 * The counts are read without a lock: guesses that run at the same moment may exceed the limit by their number.
 */
export const networkRetryAfter = (networks: string) => `(
  SELECT max(CASE WHEN ${failsForManyPhones} THEN ${secondsToNextDay('f')} ELSE ${secondsToNextHour('f')} END)
  FROM guess_failures f WHERE f.subject = ANY(${networks}) AND (${failsTooOften} OR ${failsForManyPhones}))`;
