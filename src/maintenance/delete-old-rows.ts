import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { READ_TIME } from '../db/clock-skew.js';
import { DELETE_BATCH_ROWS } from '../db/delete-batch.js';
import { statement } from '../db/statement.js';
import { uuid } from '../db/types.js';
import { WITHOUT_PROOF_KEPT_HOURS } from '../guard/limits.js';
import { minUuidAt } from '../db/uuid-time.js';
import { PARTITION_UNITS, type PartitionedTable, dropOldPartitions, startOfPartition } from './partitions.js';
import { runInBatches } from './run-in-batches.js';

// An ID begins with its creation time (UUID version 7, RFC 9562). So the primary key finds the old rows:
// `:firstKept` is the smallest ID that stays.

const DELETE_OLD_ATTEMPTS = statement({
  name: 'maintenance/delete_old_login_attempts',
  sql: `
    DELETE FROM login_attempts WHERE id IN (
      SELECT id FROM login_attempts WHERE id < :firstKept AND status NOT IN ('PENDING', 'CONFIRMING', 'COMPLETED')
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: { firstKept: uuid },
  columns: { id: uuid },
});

/**
 * WhatsApp logins that nobody completed. Anyone can start and cancel them, so they need no longer period: they name an IP, and nobody
 * was signed in. The index `login_attempts_without_proof_idx` has the same condition.
 */
const DELETE_ATTEMPTS_WITHOUT_PROOF = statement({
  name: 'maintenance/delete_attempts_without_proof',
  sql: `
    DELETE FROM login_attempts WHERE id IN (
      SELECT id FROM login_attempts
      WHERE id < :firstKept AND method = 'WHATSAPP' AND completed_at IS NULL AND status IN ('EXPIRED', 'CANCELED')
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: { firstKept: uuid },
  columns: { id: uuid },
});

const DELETE_OLD_DELIVERIES = statement({
  name: 'maintenance/delete_old_sms_log',
  sql: `
    DELETE FROM sms_log WHERE id IN (
      SELECT id FROM sms_log WHERE id < :firstKept LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: { firstKept: uuid },
  columns: { id: uuid },
});

/** A revoked session stays for a day. In that time instances still read that it was revoked. */
const DELETE_OLD_SESSIONS = statement({
  name: 'maintenance/delete_old_sessions',
  sql: `
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions
      WHERE id < :firstKept AND (revoked_at < now() - interval '1 day' OR least(idle_expires_at, expires_at) < now())
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: { firstKept: uuid },
  columns: { id: uuid },
});

/** Sessions of erased users. They need no retention period: they name nobody. */
const DELETE_ERASED_SESSIONS = statement({
  name: 'maintenance/delete_erased_sessions',
  sql: `
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions WHERE user_id IS NULL AND revoked_at < now() - interval '1 day' LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: {},
  columns: { id: uuid },
});

// The rows of the first partition, which covers the time before the table had partitions, and of the default partition.

/** A function of the owner of the table, because the role of the gateway may not delete from it. */
const DELETE_OLD_AUDIT_ENTRIES = statement({
  name: 'maintenance/delete_old_audit_log',
  sql: `SELECT id FROM audit_log_delete_old(:firstKept, ${DELETE_BATCH_ROWS}) AS id`,
  parameters: { firstKept: uuid },
  columns: { id: uuid },
});

const DELETE_OLD_GUARD_EVENTS = statement({
  name: 'maintenance/delete_old_guard_events',
  sql: `
    DELETE FROM guard_events WHERE id < :firstKept AND id IN (
      SELECT id FROM guard_events WHERE id < :firstKept LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING id`,
  parameters: { firstKept: uuid },
  columns: { id: uuid },
});

/** One table each, not partitions (docs/decisions/0060). */
const DELETE_OLD = {
  login_attempts: DELETE_OLD_ATTEMPTS,
  sms_log: DELETE_OLD_DELIVERIES,
  sessions: DELETE_OLD_SESSIONS,
};

const DELETE_OUTSIDE_PARTITIONS = { audit_log: DELETE_OLD_AUDIT_ENTRIES, guard_events: DELETE_OLD_GUARD_EVENTS };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Deletes the rows that are older than the retention period of their table (R31). `signal` ends it after the current
 * batch.
 */
export async function deleteOldRows(
  { signal }: { signal: AbortSignal },
  { config, database }: { config: Pick<Config, 'retention'>; database: Database },
): Promise<void> {
  await runInBatches(() => database.query(DELETE_ERASED_SESSIONS, {}), { signal });
  // Of the database: an instance whose clock is wrong must not delete what all others keep.
  const [time] = await database.query(READ_TIME, {});
  const now = time?.now.getTime() ?? 0;
  const firstWithoutProof = minUuidAt(new Date(now - WITHOUT_PROOF_KEPT_HOURS * HOUR_MS));
  await runInBatches(() => database.query(DELETE_ATTEMPTS_WITHOUT_PROOF, { firstKept: firstWithoutProof }), {
    signal,
  });
  const { historyDays, auditDays, guardEventDays } = config.retention;
  for (const deleteOld of Object.values(DELETE_OLD)) {
    const firstKept = minUuidAt(new Date(now - historyDays * DAY_MS));
    await runInBatches(() => database.query(deleteOld, { firstKept }), { signal });
  }
  const daysOf = { audit_log: auditDays, guard_events: guardEventDays };
  for (const table of Object.keys(daysOf) as PartitionedTable[]) {
    const kept = new Date(now - daysOf[table] * DAY_MS);
    const firstKept = minUuidAt(startOfPartition(PARTITION_UNITS[table], kept));
    // A partition that could not be dropped goes with the next round: to delete its rows would take hours.
    if (!(await dropOldPartitions({ table, firstKept }, { database }))) continue;
    await runInBatches(() => database.query(DELETE_OUTSIDE_PARTITIONS[table], { firstKept }), { signal });
  }
}
