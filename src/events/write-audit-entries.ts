import { ASYNC_COMMIT } from '../db/async-commit.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { array, jsonb, nullable, text, timestamptz, uuid } from '../db/types.js';
import type { AuditEvent, PendingEntry } from './audit-event.js';

/**
 * The arrays have one element for each entry. An existing entry is not changed, so a write whose answer was lost can be
 * repeated.
 */
const insertEntries = (name: string, join: string) =>
  statement({
    name,
    sql: `
      INSERT INTO audit_log (id, at, event, actor, user_id, attempt_id, session_id, phone, ip, details)
      SELECT entry.* FROM unnest(
        :ids::uuid[], :times::timestamptz[], :events::text[], :actors::text[], :userIds::uuid[], :attemptIds::uuid[],
        :sessionIds::uuid[], :phones::text[], :ips::text[], :details::jsonb[]
      ) AS entry ${join}
      ON CONFLICT DO NOTHING`,
    parameters: {
      ids: array(uuid),
      times: array(timestamptz),
      events: array(text),
      actors: array(text),
      userIds: array(nullable(uuid)),
      attemptIds: array(nullable(uuid)),
      sessionIds: array(nullable(uuid)),
      phones: array(nullable(text)),
      ips: array(nullable(text)),
      details: array(nullable(jsonb)),
    },
    columns: {},
  });

const INSERT_ENTRIES = insertEntries('events/write_audit_entries', '');
const INSERT_GATHERED_ENTRIES = insertEntries(
  'events/write_gathered_audit_entries',
  `JOIN ${ASYNC_COMMIT} ON async_commit.setting = 'off'`,
);

/** Writes entries, and waits for the disk. */
export async function writeAuditEntries(
  { entries }: { entries: readonly PendingEntry[] },
  { database }: { database: Database },
): Promise<void> {
  await database.query(INSERT_ENTRIES, columnsOf(entries));
}

/** Writes entries with an asynchronous commit: a crash of PostgreSQL may lose the last of them. */
export async function writeGatheredEntries(
  { entries }: { entries: readonly PendingEntry[] },
  { database }: { database: Database },
): Promise<void> {
  await database.query(INSERT_GATHERED_ENTRIES, columnsOf(entries));
}

function columnsOf(entries: readonly PendingEntry[]) {
  const column = <T>(read: (event: AuditEvent) => T) => entries.map(({ event }) => read(event));
  return {
    ids: entries.map(({ id }) => id),
    times: entries.map(({ at }) => at),
    events: column(({ event }) => event),
    actors: column(({ actor }) => (actor as string | undefined) ?? 'gateway'),
    userIds: column(({ userId }) => userId),
    attemptIds: column(({ attemptId }) => attemptId),
    sessionIds: column(({ sessionId }) => sessionId),
    phones: column(({ phone }) => phone),
    ips: column(({ ip }) => ip),
    details: column(detailsOf),
  };
}

function detailsOf(event: AuditEvent): object | null {
  const { event: _e, actor: _a, userId: _u, attemptId: _t, sessionId: _s, phone: _p, ip: _i, ...details } = event;
  return Object.keys(details).length > 0 ? details : null;
}
