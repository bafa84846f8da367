import { type Queryable, idAt, insertRows } from './write.js';

const AUDIT_LOG = 'audit_log';

interface AuditRow {
  id: string;
  at: Date;
  event: string;
  actor: string;
  userId: string | null;
  attemptId: string | null;
}

/** @returns the entries' ids */
export async function insertAuditEntries(database: Queryable, rows: Partial<AuditRow>[]): Promise<string[]> {
  const entries = rows.map((row) => ({ id: idAt(row.at ?? new Date()), event: 'test.happened', ...row }));
  await insertRows(database, AUDIT_LOG, entries);
  return entries.map(({ id }) => id);
}

/** @returns the entry's id */
export async function insertAuditEntry(database: Queryable, row: Partial<AuditRow> = {}): Promise<string> {
  return String((await insertAuditEntries(database, [row]))[0]);
}
