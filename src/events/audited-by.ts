/** The author of an action: the ID of a user, or "operator" for the command line. */
export type Actor = string;

/** SQL expressions over the columns of `from`, and parameters such as `:actor`. */
export interface AuditedRow {
  /** Different for each row. */
  id: string;
  /** Name of the event, not an expression. */
  event: string;
  actor: string;
  userId?: string;
  sessionId?: string;
  attemptId?: string;
  phone?: string;
  details?: string;
}

/**
 * SQL: a data-modifying query that writes one audit entry for each row of `from`. It belongs in the statement whose
 * effect the entry records, so that neither exists without the other.
 */
export const auditedBy = (from: string, row: AuditedRow) => `
  INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
  SELECT ${row.id}, '${row.event}', ${row.actor}, ${row.userId ?? 'NULL::uuid'}, ${row.sessionId ?? 'NULL::uuid'},
         ${row.attemptId ?? 'NULL::uuid'}, ${row.phone ?? 'NULL::text'}, ${row.details ?? 'NULL::jsonb'}
  FROM ${from}`;
