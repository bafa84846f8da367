import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.js';
import { isStorageError } from '../db/storage-error.js';
import type { Log } from '../log.js';
import type { AuditEvent, PendingEntry } from './audit-event.js';
import { writeAuditEntries, writeGatheredEntries } from './write-audit-entries.js';

/**
 * Logs events and records them in the audit log. Many logins a second share one statement: events are collected and
 * written together, so a crash may lose the last quarter of a second. An entry that must not be lost, such as an action
 * of an admin or operator, is written by the statement whose effect it records: see `auditedBy`.
 */
export interface Audit {
  info(event: AuditEvent): void;
  warn(event: AuditEvent): void;
  error(event: AuditEvent): void;
  /**
   * Writes an entry at once, before an action that must not happen without a record. @throws when the database cannot
   * write it
   *
   * @param by the pool that writes it, if not that of the sign-ins
   */
  write(event: AuditEvent, by?: { database: Database }): Promise<void>;
  /** Writes the collected events. */
  close(): Promise<void>;
}

const FLUSH_INTERVAL_MS = 250;
const MAX_BATCH_EVENTS = 1_000;
/** Number of events that are kept while the database is unavailable. Further events are in the log only. */
const MAX_KEPT_EVENTS = 20_000;

export function createAudit(deps: { database: Database; log: Log }): Audit {
  const { log } = deps;
  let gathered: PendingEntry[] = [];
  let lost = 0;
  let isDelayed = false; // logged once, not four times a second
  let writing: Promise<void> | undefined;

  const timer = setInterval(() => void flush(), FLUSH_INTERVAL_MS);
  timer.unref();

  function gather(event: AuditEvent): void {
    if (gathered.length < MAX_KEPT_EVENTS) gathered.push(pendingEntry(event));
    else lost += 1;
  }

  function flush(): Promise<void> {
    writing ??= writeAll().finally(() => (writing = undefined));
    return writing;
  }

  async function writeAll(): Promise<void> {
    let batchSize = MAX_BATCH_EVENTS;
    while (gathered.length > 0) {
      const entries = gathered.slice(0, batchSize);
      try {
        await writeGatheredEntries({ entries }, deps);
      } catch (error) {
        if (isStorageError(error)) {
          if (!isDelayed) log.warn({ event: 'audit.delayed', waiting: gathered.length, error });
          isDelayed = true;
          return;
        }
        // PostgreSQL refuses one of the entries, because of a bug of ours. Written one by one, the others are not
        // blocked by it.
        if (entries.length > 1) {
          batchSize = 1;
          continue;
        }
        log.error({ event: 'audit.bug', about: entries[0]?.event.event, error });
      }
      gathered = gathered.slice(entries.length);
    }
    isDelayed = false;
    if (lost > 0) log.error({ event: 'audit.lost', events: lost });
    lost = 0;
  }

  return {
    info(event) {
      log.info(event);
      gather(event);
    },
    warn(event) {
      log.warn(event);
      gather(event);
    },
    error(event) {
      log.error(event);
      gather(event);
    },
    async write(event, by = deps) {
      await writeAuditEntries({ entries: [pendingEntry(event)] }, by);
      log.info(event);
    },
    async close() {
      clearInterval(timer);
      await writing;
      await flush();
    },
  };
}

const pendingEntry = (event: AuditEvent): PendingEntry => ({ id: uuidv7(), at: new Date(), event });
