import { LOCKED_PHONE_RETRY_SECONDS, PHONE_FAILURES_IN_A_ROW, PHONE_FAILURES_PER_HOUR } from './limits.js';

/** SQL: whether the row `f` of phone_failures has used up its guesses. */
const exhausted = (f: string) =>
  `(${f}.consecutive >= ${PHONE_FAILURES_IN_A_ROW}
    OR (${f}.hour_failures >= ${PHONE_FAILURES_PER_HOUR} AND ${f}.hour_started_at > now() - interval '1 hour'))`;

/** SQL: seconds until the row `f` may be guessed again. */
const retryAfter = (f: string) =>
  `CASE WHEN ${f}.consecutive >= ${PHONE_FAILURES_IN_A_ROW} THEN ${LOCKED_PHONE_RETRY_SECONDS}
        ELSE greatest(1, ceil(extract(epoch FROM ${f}.hour_started_at + interval '1 hour' - now())))::int END`;

/** A query: one row `(retry_after)` when the phone may not be guessed, none when it may. */
export const phoneLimit = (phone: string) =>
  `SELECT ${retryAfter('f')} AS retry_after FROM phone_failures f WHERE f.phone = ${phone} AND ${exhausted('f')}`;

/**
 * SQL: the rows of `from` whose phones may still be guessed, judged by the failures as they are now: a row that another
 * guess is changing is waited for. A statement's own snapshot would be older, and let guesses in parallel slip past.
 */
export const lockPhoneFailures = (from: string) =>
  `SELECT f.phone, ${exhausted('f')} AS exhausted FROM phone_failures f JOIN ${from} ON ${from}.phone = f.phone FOR UPDATE OF f`;

/** SQL: whether the phone may still be guessed. */
export const mayBeGuessed = (phone: string) =>
  `NOT EXISTS (SELECT 1 FROM phone_failures f WHERE f.phone = ${phone} AND ${exhausted('f')})`;

/** Counts a wrong guess for each row of `from`, unless the phone's guesses are used up: then it gives no row. */
export const countPhoneFailure = (from: string) => `
  INSERT INTO phone_failures AS f (phone, hour_started_at, hour_failures, consecutive)
  SELECT phone, now(), 1, 1 FROM ${from}
  ON CONFLICT (phone) DO UPDATE SET
    hour_started_at = CASE WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at ELSE now() END,
    hour_failures = CASE WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_failures + 1 ELSE 1 END,
    consecutive = f.consecutive + 1
  WHERE NOT ${exhausted('f')}
  RETURNING f.phone`;
