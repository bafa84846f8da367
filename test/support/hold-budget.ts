import pg from 'pg';
import { expect } from 'vitest';

/** More than the tests leave in a budget. */
const MANY = 10;

const COUNT_WAITING =
  "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/**
 * Starts `act` while the row of a budget is locked, so that `waiting` of its statements have judged the budget before the first of them
 * charges it. Calls `meanwhile` when they wait, with a connection of its own.
 */
export async function whileBudgetIsHeld<T>(
  { databaseUrl, subject, waiting = MANY }: { databaseUrl: string; subject: string; waiting?: number },
  act: () => Promise<T>,
  meanwhile: (watcher: pg.Client) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const [holder, watcher] = [databaseUrl, databaseUrl].map((connectionString) => new pg.Client({ connectionString }));
  if (!holder || !watcher) throw new Error('no client');
  await Promise.all([holder.connect(), watcher.connect()]);
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM budgets WHERE subject = $1 FOR UPDATE', [subject]);
    const acting = act();
    const countWaiting = async () => (await watcher.query<{ waiting: number }>(COUNT_WAITING)).rows[0]?.waiting;
    await expect.poll(countWaiting, { timeout: 20_000 }).toBeGreaterThanOrEqual(waiting);
    await meanwhile(watcher);
    await holder.query('COMMIT');
    return await acting;
  } finally {
    await Promise.all([holder.end(), watcher.end()]);
  }
}
