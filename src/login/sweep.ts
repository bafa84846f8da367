import type { Database } from '../db/database.js';
import type { Log } from '../log.js';

/** Writes down what time has done. Nothing waits for it: readers and writers look at `expires_at` themselves. */
const EXPIRE_OVERDUE = {
  name: 'expire_overdue_attempts',
  text: `
    UPDATE login_attempts SET status = 'EXPIRED', version = version + 1
    WHERE id IN (
      SELECT id FROM login_attempts WHERE status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AND expires_at <= now()
      LIMIT 1000 FOR UPDATE SKIP LOCKED
    )`,
};

/** Green API delivers again for 24 hours; after twice that an event cannot come back. */
const FORGET_EVENTS = {
  name: 'forget_webhook_events',
  text: `DELETE FROM webhook_events WHERE received_at < now() - interval '48 hours'`,
};

const FORGET_SENDS = {
  name: 'forget_send_budgets',
  text: `
    DELETE FROM send_budgets WHERE subject IN (
      SELECT subject FROM send_budgets WHERE day_started_at < now() - interval '1 day' LIMIT 1000 FOR UPDATE SKIP LOCKED
    )`,
};

const INTERVAL_MS = 30_000;

/** Tidies up now and then, on every instance; they step around each other's rows. @returns how to stop. */
export function startSweep(database: Database, log: Log): () => void {
  const timer = setInterval(() => {
    Promise.all([EXPIRE_OVERDUE, FORGET_EVENTS, FORGET_SENDS].map((statement) => database.query(statement, []))).catch(
      (error: unknown) => log.warn({ event: 'sweep.failed', error }),
    );
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
