import type { Audit } from '../events/audit.js';
import type { Config } from '../config/config.js';
import type { Database, Statement } from '../db/database.js';
import { minUuidAt } from '../db/uuid-time.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';
import { DELETE_OLD_CODES } from '../sessions/authorization-codes/create.js';
import { DELETE_OLD_KEYS } from '../sessions/signing-keys.js';
import { normalizePhones } from './normalize-phones.js';

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
const DELETE_OLD_EVENTS = {
  name: 'forget_webhook_events',
  text: `DELETE FROM webhook_events WHERE received_at < now() - interval '48 hours'`,
};

const DELETE_OLD_SENDS = {
  name: 'forget_send_budgets',
  text: `
    DELETE FROM send_budgets WHERE subject IN (
      SELECT subject FROM send_budgets WHERE day_started_at < now() - interval '1 day' LIMIT 1000 FOR UPDATE SKIP LOCKED
    )`,
};

/** Rows that are deleted by one statement. */
const AT_ONCE = 1_000;

/**
 * What is older than it may be kept (R31). Ids begin with the time they were made at (UUID version 7, RFC 9562), so the
 * primary key finds the old ones: $1 is the least id that may stay.
 */
const forget = (table: string, condition = 'true'): Statement => ({
  name: `forget_old_${table}`,
  text: `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < $1 AND ${condition} LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED) RETURNING 1`,
});

const DELETE_OLD_HISTORY = [
  forget('login_attempts', `status NOT IN ('PENDING', 'CONFIRMING', 'COMPLETED')`),
  forget('sms_log'),
  forget('sessions', `(revoked_at < now() - interval '1 day' OR least(idle_expires_at, expires_at) < now())`),
];
const DELETE_OLD_AUDIT = forget('audit_log');

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

const INTERVAL_MS = 30_000;

/** Tidies up now and then, on every instance; they step around each other's rows. @returns how to stop. */
export function startCleanup(deps: { config: Config; database: Database; audit: Audit; log: Log }): () => void {
  const { config, database, audit, log } = deps;
  const { retention } = config;
  let stopped = false;
  async function sweep(): Promise<void> {
    await normalizePhones(config.defaultCountries, { database, audit });
    for (const statement of [EXPIRE_OVERDUE, DELETE_OLD_EVENTS, DELETE_OLD_SENDS]) await database.query(statement, []);
    for (const statement of [DELETE_OLD_CODES, DELETE_OLD_KEYS]) await database.query(statement, {});
    for (const statement of DELETE_OLD_HISTORY) await forgetAll(statement, retention.historyDays);
    await forgetAll(DELETE_OLD_AUDIT, retention.auditDays);
  }

  /** However many there are, in short transactions. */
  async function forgetAll(statement: Statement, days: number): Promise<void> {
    const least = minUuidAt(daysAgo(days));
    for (;;) {
      const forgotten = await database.query(statement, [least]);
      if (forgotten.length < AT_ONCE || stopped) return;
    }
  }

  const sweeping = runPeriodically(INTERVAL_MS, sweep, (error) => log.warn({ event: 'sweep.failed', error }));
  sweeping.poke();
  return () => {
    stopped = true;
    void sweeping.stop();
  };
}
