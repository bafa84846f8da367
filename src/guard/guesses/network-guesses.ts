import { recentlyVerified, secondsToNextDay, secondsToNextHour } from './guess-counts.js';
import {
  NETWORK_FAILURES_EASE,
  NETWORK_FAILURES_PER_HOUR,
  NETWORK_MAX_FAILURES_PER_HOUR,
  NETWORK_PHONES_PER_DAY,
  WIDER_NETWORKS,
} from '../limits.js';
import { isThisHour, isToday } from '../windows.js';

/** SQL: how many times the limits of a single customer the network `f` has. */
const width = (f: string) =>
  `CASE ${Object.entries(WIDER_NETWORKS)
    .map(([length, times]) => `WHEN ${f}.subject LIKE '%${length}' THEN ${times}`)
    .join(' ')} ELSE 1 END`;

const failsTooOften = (ease: number) =>
  `(${isThisHour('f')} AND f.hour_failures >= ${ease} * greatest(${NETWORK_FAILURES_PER_HOUR} * ${width('f')}, least(${NETWORK_MAX_FAILURES_PER_HOUR} * ${width('f')}, ${recentlyVerified('f')} / 2)))`;
const failsForManyPhones = (ease: number) =>
  `(${isToday('f')} AND f.day_targets >= ${ease * NETWORK_PHONES_PER_DAY} * ${width('f')} AND f.day_failures > ${ease} * ${recentlyVerified('f')})`;

const secondsLeft = (ease: number) =>
  `max(CASE WHEN ${failsForManyPhones(ease)} THEN ${secondsToNextDay('f')} WHEN ${failsTooOften(ease)} THEN ${secondsToNextHour('f')} END)`;

/**
 * SQL: one row with the seconds until codes from these networks are checked again, at most a day; null while they are
 * checked. `suspected_for`: without a captcha. `refused_for`: with one, for which the limits are several times as large.
 * The right codes of a network raise its limits to a maximum, so that thousands of people may share an address and make
 * mistakes.
 *
 * The counts are read without a lock: guesses that run at the same moment may exceed the limit by their number.
 */
export const networkWaits = (networks: string) => `
  SELECT ${secondsLeft(1)} AS suspected_for, ${secondsLeft(NETWORK_FAILURES_EASE)} AS refused_for
  FROM guess_failures f WHERE f.subject = ANY(${networks})`;
