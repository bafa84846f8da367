import { LOCKED_PHONE_RETRY_SECONDS, PHONE_FAILURES_IN_A_ROW, PHONE_FAILURES_PER_HOUR } from './limits.js';

/** SQL: whether the phone of the row `f` of phone_failures has no guesses left. */
const exhausted = (f: string) =>
  `(${f}.consecutive >= ${PHONE_FAILURES_IN_A_ROW}
    OR (${f}.hour_failures >= ${PHONE_FAILURES_PER_HOUR} AND ${f}.hour_started_at > now() - interval '1 hour'))`;

/** SQL: seconds until the row `f` may be guessed again. */
const retryAfter = (f: string) =>
  `CASE WHEN ${f}.consecutive >= ${PHONE_FAILURES_IN_A_ROW} THEN ${LOCKED_PHONE_RETRY_SECONDS}
        ELSE greatest(1, ceil(extract(epoch FROM ${f}.hour_started_at + interval '1 hour' - now())))::int END`;

/**
 * SQL: a query that returns one row `(retry_after)` in seconds when the phone has no guesses left, and no row
 * otherwise.
 */
export const phoneLimit = (phone: string) =>
  `SELECT ${retryAfter('f')} AS retry_after FROM phone_failures f WHERE f.phone = ${phone} AND ${exhausted('f')}`;

/**
 * SQL: whether the phones of `from` have no guesses left, including the latest failures: the lock waits for a
 * concurrent guess. Without it, the statement's snapshot could be older, and concurrent guesses could exceed the limit.
 */
export const lockPhoneFailures = (from: string) =>
  `SELECT f.phone, ${exhausted('f')} AS exhausted FROM phone_failures f JOIN ${from} ON ${from}.phone = f.phone FOR UPDATE OF f`;

/** SQL: whether the phone has guesses left. */
export const mayBeGuessed = (phone: string) =>
  `NOT EXISTS (SELECT 1 FROM phone_failures f WHERE f.phone = ${phone} AND ${exhausted('f')})`;

/** SQL: counts a wrong guess for the phone of each row of `from`. A phone without guesses left returns no row. */
export const countPhoneFailure = (from: string) => `
  INSERT INTO phone_failures AS f (phone, hour_started_at, hour_failures, consecutive)
  SELECT phone, now(), 1, 1 FROM ${from}
  ON CONFLICT (phone) DO UPDATE SET
    hour_started_at = CASE WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at ELSE now() END,
    hour_failures = CASE WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_failures + 1 ELSE 1 END,
    consecutive = f.consecutive + 1
  WHERE NOT ${exhausted('f')}
  RETURNING f.phone`;
