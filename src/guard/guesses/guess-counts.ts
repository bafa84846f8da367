import { FAILURES_KEPT_DAYS } from '../limits.js';
import { isThisHour, isToday } from '../windows.js';

/** How the rows of guess_failures are counted and read, as SQL. */

const secondsUntil = (time: string) => `greatest(1, ceil(extract(epoch FROM ${time} - now())))::int`;
export const secondsToNextHour = (f: string) => secondsUntil(`${f}.hour_started_at + interval '1 hour'`);
export const secondsToNextDay = (f: string) => secondsUntil(`${f}.day_started_at + interval '1 day'`);

interface Limit {
  perHour: number;
  perDay: number;
}

/** SQL: when the subject of the row `f` is below its limit again, at most a day later; null when it is. */
export const failuresUntil = (f: string, { perHour, perDay }: Limit) =>
  `CASE WHEN ${f}.day_failures >= ${perDay} AND ${isToday(f)} THEN ${f}.day_started_at + interval '1 day'
        WHEN ${f}.hour_failures >= ${perHour} AND ${isThisHour(f)} THEN ${f}.hour_started_at + interval '1 hour' END`;

/** SQL: the right codes of the last 24 hours that a network `f` has entered, about: the day before counts for the rest of the 24 hours. */
export const recentlyVerified = (f: string) => {
  const days = `extract(epoch FROM now() - ${f}.day_started_at) / 86400`;
  return `(CASE WHEN ${isToday(f)} THEN ${f}.day_verified + ${f}.previous_day_verified * greatest(0, 1 - ${days})
                ELSE ${f}.day_verified * greatest(0, 2 - ${days}) END)`;
};

const SUMMED_OF_DAY = ['day_failures', 'day_targets', 'day_verified'];

/**
 * SQL: adds counts to their subjects. `counts` is a query that returns `(subject, failures, targets, verified)`, each
 * subject once. @returns `(subject, is_first_today)` of each row.
 */
export const addGuesses = (counts: string) => `
  INSERT INTO guess_failures AS f (subject, hour_started_at, hour_failures, day_started_at, day_failures, total_failures, day_targets, day_verified, previous_day_verified)
  SELECT subject, now(), failures, now(), failures, failures, targets, verified, 0 FROM (${counts}) AS added
  ON CONFLICT (subject) DO UPDATE SET
    hour_started_at = CASE WHEN ${isThisHour('f')} THEN f.hour_started_at ELSE now() END,
    hour_failures = excluded.hour_failures + CASE WHEN ${isThisHour('f')} THEN f.hour_failures ELSE 0 END,
    day_started_at = CASE WHEN ${isToday('f')} THEN f.day_started_at ELSE now() END,
    ${SUMMED_OF_DAY.map((column) => `${column} = excluded.${column} + CASE WHEN ${isToday('f')} THEN f.${column} ELSE 0 END`).join(',\n    ')},
    previous_day_verified = CASE WHEN ${isToday('f')} THEN f.previous_day_verified
                                 WHEN f.day_started_at > now() - interval '2 days' THEN f.day_verified ELSE 0 END,
    total_failures = excluded.total_failures + CASE WHEN f.day_started_at > now() - interval '${FAILURES_KEPT_DAYS} days' THEN f.total_failures ELSE 0 END
  RETURNING f.subject, f.day_failures = 1 AS is_first_today`;
