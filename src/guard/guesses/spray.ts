import { SPRAY_MIN_FAILURES, SPRAY_WINDOW_MINUTES } from '../limits.js';

/** The breaker of the whole service against guesses that are spread over many phones and networks (R2), as SQL. */

/** Rows of a minute. Guesses take one at random, so that few of them wait for the same row. */
const SHARDS = 4;

/** SQL: whether the breaker is tripped: too many of the guesses of the last minutes were wrong. */
export const IS_SPRAYED = `(
  SELECT coalesce(sum(failed), 0) >= ${SPRAY_MIN_FAILURES} AND sum(failed) > sum(verified)
  FROM guess_minutes WHERE minute > now() - interval '${SPRAY_WINDOW_MINUTES} minutes')`;

/** SQL: adds the counts of `counts (failed, verified)`, at most one row, to the current minute. */
export const addToMinute = (counts: string) => `
  INSERT INTO guess_minutes AS m (minute, shard, failed, verified)
  SELECT date_trunc('minute', now()), floor(random() * ${SHARDS})::int, failed, verified FROM (${counts}) AS added
  ON CONFLICT (minute, shard) DO UPDATE SET failed = m.failed + excluded.failed, verified = m.verified + excluded.verified`;
