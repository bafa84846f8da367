import type { Database } from '../db/database.js';
import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { bytea, text } from '../db/types.js';
import { SCOPE } from '../guard/budgets/budget.js';
import { isKeptLong } from '../guard/guesses/guess-subjects.js';
import { FAILURES_KEPT_DAYS, GUESSES_KEPT_DAYS, PEAK_DAYS } from '../guard/limits.js';
import { runInBatches } from './run-in-batches.js';

/** A budget covers a day. The best day of a budget that many phones share counts for two weeks, if something was used on it. */
const DELETE_OLD_BUDGETS = statement({
  name: 'maintenance/delete_old_budgets',
  sql: `
    DELETE FROM budgets WHERE subject IN (
      SELECT subject FROM budgets
      WHERE day_started_at < now() - CASE WHEN scope <= ${SCOPE.phone} OR greatest(day_verified, peak_verified) = 0 THEN interval '1 day' ELSE interval '${PEAK_DAYS + 1} days' END
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING subject AS deleted`,
  parameters: {},
  columns: { deleted: text },
});

/** Budgets of earlier versions. */
const DELETE_OLD_SEND_BUDGETS = statement({
  name: 'maintenance/delete_old_send_budgets',
  sql: `
    DELETE FROM send_budgets WHERE subject IN (
      SELECT subject FROM send_budgets WHERE day_started_at < now() - interval '1 day' LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING subject AS deleted`,
  parameters: {},
  columns: { deleted: text },
});

/**
 * The longest count covers a day, but a network also counts the right codes of the day before, and the total of a phone or
 * device lasts for longer. A guess that a concurrent statement counts renews the day: the row is then locked, and stays.
 */
const DELETE_OLD_GUESS_FAILURES = statement({
  name: 'maintenance/delete_old_guess_failures',
  sql: `
    DELETE FROM guess_failures WHERE subject IN (
      SELECT subject FROM guess_failures
      WHERE day_started_at < now() - interval '${GUESSES_KEPT_DAYS} days'
        AND (NOT ${isKeptLong('subject')} OR day_started_at < now() - interval '${FAILURES_KEPT_DAYS + 1} days')
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING subject AS deleted`,
  parameters: {},
  columns: { deleted: text },
});

const DELETE_OLD_GUESS_MINUTES = statement({
  name: 'maintenance/delete_old_guess_minutes',
  sql: `
    DELETE FROM guess_minutes WHERE (minute, shard) IN (
      SELECT minute, shard FROM guess_minutes WHERE minute < now() - interval '1 hour' LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING minute::text AS deleted`,
  parameters: {},
  columns: { deleted: text },
});

/** Only an older version, which still runs during an upgrade, uses this table. */
const DELETE_PHONE_FAILURES = statement({
  name: 'maintenance/delete_phone_failures',
  sql: `
    DELETE FROM phone_failures WHERE phone IN (
      SELECT phone FROM phone_failures WHERE hour_started_at < now() - interval '1 day' LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING phone AS deleted`,
  parameters: {},
  columns: { deleted: text },
});

/** The difficulty of a captcha counts an hour. A solution can be used for a shorter time. */
const DELETE_OLD_CAPTCHA_SOLUTIONS = statement({
  name: 'maintenance/delete_old_captcha_solutions',
  sql: `
    DELETE FROM captcha_solutions WHERE id IN (
      SELECT id FROM captcha_solutions WHERE solved_at < now() - interval '1 hour' LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id AS deleted`,
  parameters: {},
  columns: { deleted: bytea },
});

/** Deletes the counters of phones and networks that protect nothing any more. `signal` ends it after the current batch. */
export async function deleteOldCounters(
  { signal }: { signal: AbortSignal },
  { database }: { database: Database },
): Promise<void> {
  const deletions = [
    () => database.query(DELETE_OLD_BUDGETS, {}),
    () => database.query(DELETE_OLD_SEND_BUDGETS, {}),
    () => database.query(DELETE_OLD_GUESS_FAILURES, {}),
    () => database.query(DELETE_OLD_GUESS_MINUTES, {}),
    () => database.query(DELETE_PHONE_FAILURES, {}),
    () => database.query(DELETE_OLD_CAPTCHA_SOLUTIONS, {}),
  ];
  for (const deleteBatch of deletions) await runInBatches(deleteBatch, { signal });
}
