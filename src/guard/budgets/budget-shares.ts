import { HOUR_OF_BEST_DAY, PEAK_DAYS, UNVERIFIED_RATIO, WEIGHTS } from '../limits.js';
import { isThisHour, isToday } from '../windows.js';

const since = (start: string, interval: string) => `${start} > now() - interval '${interval}'`;
export const isThisMinute = (b: string) => since(`${b}.minute_started_at`, '1 minute');

/** SQL: the most verified messages of a day in the last two weeks, including the last day. */
export const peak = (b: string) =>
  `greatest(${b}.day_verified, CASE WHEN ${since(`${b}.peak_at`, `${PEAK_DAYS} days`)} THEN ${b}.peak_verified END)`;

const usedInHour = (b: string, verified = `${b}.hour_verified`) =>
  `greatest(${verified}, ${HOUR_OF_BEST_DAY}::float8 * ${peak(b)})`;

/** SQL: the used messages with which the limit of an hour grows. */
export const usedForHour = (b: string) => usedInHour(b, `CASE WHEN ${isThisHour(b)} THEN ${b}.hour_verified END`);

/** SQL: messages of the window that were not used. */
export const unverifiedOf = (sends: string, verified: string) =>
  `(${sends} - ${WEIGHTS.used} * ${verified}) / 100::float8`;

/** SQL: the part of this limit of unused messages that is used; the limit grows with `used`. Null without a limit. */
const unusedShare = (
  window: 'hour' | 'day',
  used: string,
  [w, b]: [string, string],
) => `CASE WHEN ${w}.${window}_unverified > 0
    THEN ${unverifiedOf(`${b}.${window}_sends`, `${b}.${window}_verified`)}
      / greatest(${w}.${window}_unverified, ${UNVERIFIED_RATIO[window]} * coalesce(${w}.growth, 1) * ${used}) END`;

/**
 * SQL: the used part of the limits `w` by the row `b`, in each window; 1 or more when a limit is reached. Null without limits. A
 * budget that is larger by its ease is full when the part has reached the ease. That of money has no ease.
 */
export const minuteShare = (w: string, b: string) =>
  `CASE WHEN ${isThisMinute(b)} THEN ${b}.minute_sends / ${w}.minute_sends END`;
export const hourShare = (w: string, b: string) => `CASE WHEN ${isThisHour(b)} THEN greatest(
  ${b}.hour_sends / ${w}.hour_sends, ${unusedShare('hour', usedInHour(b), [w, b])}) END`;
export const dayShare = (w: string, b: string) => `CASE WHEN ${isToday(b)} THEN greatest(
  ${b}.day_sends / ${w}.day_sends, ${unusedShare('day', peak(b), [w, b])}) END`;

/** SQL: the same for money. A message that costs nothing is never too expensive. */
export const hourCostShare = (w: string, b: string) => costShare(isThisHour(b), `${b}.hour_cost`, `${w}.hour_cost`);
export const dayCostShare = (w: string, b: string) => costShare(isToday(b), `${b}.day_cost`, `${w}.day_cost`);

function costShare(isCurrent: string, spent: string, limit: string): string {
  return `CASE WHEN :cost::int > 0 THEN (CASE WHEN ${isCurrent} THEN ${spent} ELSE 0 END + :cost::int - 1) / ${limit} END`;
}

/** SQL: whether a limit of `w` is reached by the row `b`. */
export const isFull = (w: string, b: string) => `coalesce(greatest(
  greatest(${minuteShare(w, b)}, ${hourShare(w, b)}, ${dayShare(w, b)}) / ${w}.ease, ${hourCostShare(w, b)}, ${dayCostShare(w, b)}) >= 1, false)`;
