import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, uuid } from '../db/types.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';
import { countAsUsed } from './send-budgets.js';

/** How often the budgets are told of used codes, in milliseconds. */
const SETTLE_MS = 250;
/** Attempts that wait for it at most. Of the others, the budgets count the messages as unused, which is the safe side. */
const MAX_WAITING = 20_000;

const SETTLE = statement({
  name: 'guard/settle_used_codes',
  sql: `
    WITH used AS (
      SELECT subject, count(*)::int AS messages FROM login_attempts a, unnest(a.charged) AS subject
      WHERE a.id = ANY(:attemptIds::uuid[]) AND subject <> a.phone GROUP BY subject
    ), locked AS (
      SELECT b.subject, used.messages FROM budgets b JOIN used ON used.subject = b.subject ORDER BY b.scope, b.subject FOR UPDATE OF b
    )
    UPDATE budgets b SET ${countAsUsed('b', 'locked.messages')} FROM locked WHERE b.subject = locked.subject`,
  parameters: { attemptIds: array(uuid) },
  columns: {},
});

/**
 * Counts the messages of attempts whose code was used as used, in the budgets that many attempts share; and the starts of WhatsApp
 * logins that were completed.
 */
export interface UsedCodes {
  add(attemptId: string): void;
  close(): Promise<void>;
}

/**
 * Collects used codes and writes them together, because a sign-in would otherwise wait for the rows that all sign-ins of
 * its country share. What a crash loses stays charged as unused for a day at most.
 */
export function createUsedCodes({ database, log }: { database: Database; log: Log }): UsedCodes {
  let waiting: string[] = [];
  async function settle(): Promise<void> {
    if (waiting.length === 0) return;
    const attemptIds = waiting;
    waiting = [];
    await database.query(SETTLE, { attemptIds });
  }
  const task = runPeriodically(SETTLE_MS, settle, (error) => log.warn({ event: 'guard.settle_failed', error }));
  return {
    add(attemptId) {
      if (waiting.length < MAX_WAITING) waiting.push(attemptId);
    },
    async close() {
      await task.stop();
      await settle().catch(() => {});
    },
  };
}
