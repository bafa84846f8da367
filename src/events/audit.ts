import { v7 as uuidv7 } from 'uuid';
import type { Database, Statement } from '../db/database.js';
import { ASYNC_COMMIT } from '../db/async-commit.js';
import { isStorageError } from '../db/storage-error.js';
import type { Log } from '../log.js';

/** Something that happened, as the log and the audit log (R31) tell it. Phones are masked; no code, no token. */
export interface AuditEvent {
  event: string;
  userId?: string | null | undefined;
  attemptId?: string | null;
  sessionId?: string | null;
  phone?: string;
  ip?: string;
  /** Whatever else is worth knowing. */
  [detail: string]: unknown;
}

/**
 * What is both logged and kept. Many logins a second share one statement: events are gathered and written together, so a
 * crash may lose the last quarter of a second of them. What must not be lost (whatever an admin or an operator does) is
 * written by the statement that does it: see `auditedBy`.
 */
export interface Audit {
  info(event: AuditEvent): void;
  warn(event: AuditEvent): void;
  /** Writes it down now, for what must not be done without: an admin who looks at a person. @throws when the database cannot take it. */
  write(event: AuditEvent): Promise<void>;
  /** Writes what has been gathered. */
  close(): Promise<void>;
}

const GATHER_MS = 250;
const MOST_AT_ONCE = 1_000;
/** What is kept while the database is away; beyond, the log alone tells. */
const MOST_KEPT = 20_000;

const write = (name: string, condition: string): Statement => ({
  name,
  text: `
    INSERT INTO audit_log (id, at, event, actor, user_id, attempt_id, session_id, phone, ip, details)
    SELECT e.* FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::jsonb[]) AS e
    ${condition} ON CONFLICT DO NOTHING`,
});

const WRITE_GATHERED = write('write_gathered_audit_log', `JOIN ${ASYNC_COMMIT} ON async_commit.setting = 'off'`);
const WRITE_NOW = write('write_audit_log', '');

interface Kept {
  id: string;
  at: Date;
  event: AuditEvent;
}

export function createAudit(database: Database, log: Log): Audit {
  let gathered: Kept[] = [];
  let lost = 0;
  let isDelayed = false; // told once, not four times a second
  let writing: Promise<void> | undefined;

  const timer = setInterval(() => void flush(), GATHER_MS);
  timer.unref();

  function keep(event: AuditEvent): void {
    if (gathered.length < MOST_KEPT) gathered.push({ id: uuidv7(), at: new Date(), event });
    else lost += 1;
  }

  function flush(): Promise<void> {
    writing ??= write().finally(() => (writing = undefined));
    return writing;
  }

  async function write(): Promise<void> {
    let atOnce = MOST_AT_ONCE;
    while (gathered.length > 0) {
      const batch = gathered.slice(0, atOnce);
      try {
        await database.query(WRITE_GATHERED, columnsOf(batch));
      } catch (error) {
        if (isStorageError(error)) {
          if (!isDelayed) log.warn({ event: 'audit.delayed', waiting: gathered.length, error });
          isDelayed = true;
          return;
        }
        // One of them cannot be written, which is a bug of ours: it must not keep the others waiting for ever.
        if (batch.length > 1) {
          atOnce = 1;
          continue;
        }
        log.error({ event: 'audit.bug', about: batch[0]?.event.event, error });
      }
      gathered = gathered.slice(batch.length);
    }
    isDelayed = false;
    if (lost > 0) log.error({ event: 'audit.lost', events: lost });
    lost = 0;
  }

  return {
    info(event) {
      log.info(event);
      keep(event);
    },
    warn(event) {
      log.warn(event);
      keep(event);
    },
    async write(event) {
      await database.query(WRITE_NOW, columnsOf([{ id: uuidv7(), at: new Date(), event }]));
      log.info(event);
    },
    async close() {
      clearInterval(timer);
      await writing;
      await flush();
    },
  };
}

function columnsOf(kept: Kept[]): unknown[] {
  const column = <T>(read: (event: AuditEvent) => T) => kept.map(({ event }) => read(event) ?? null);
  return [
    kept.map(({ id }) => id),
    kept.map(({ at }) => at),
    column(({ event }) => event),
    column(({ actor }) => actor ?? 'gateway'),
    column(({ userId }) => userId),
    column(({ attemptId }) => attemptId),
    column(({ sessionId }) => sessionId),
    column(({ phone }) => phone),
    column(({ ip }) => ip),
    column(detailsOf),
  ];
}

function detailsOf(event: AuditEvent): string | null {
  const { event: _e, actor: _a, userId: _u, attemptId: _t, sessionId: _s, phone: _p, ip: _i, ...details } = event;
  if (Object.keys(details).length === 0) return null;
  // PostgreSQL takes neither half a character nor a zero in JSON.
  return JSON.stringify(details, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(/[\p{Cs}\0]/gu, '\uFFFD') : value,
  );
}
