/** Who does something: the id of a person, or "operator" for the command line. */
export type Actor = string;

/**
 * SQL: a data-modifying query that writes one audit row for each row of `from`, in the statement that does what it tells
 * of: neither is there without the other. `id` must be unlike for each row.
 */
export const auditedBy = (
  from: string,
  row: {
    id: string;
    event: string;
    actor: string;
    userId?: string;
    sessionId?: string;
    phone?: string;
    details?: string;
  },
) => `
  INSERT INTO audit_log (id, event, actor, user_id, session_id, phone, details)
  SELECT ${row.id}, '${row.event}', ${row.actor}, ${row.userId ?? 'NULL::uuid'}, ${row.sessionId ?? 'NULL::uuid'},
         ${row.phone ?? 'NULL::text'}, ${row.details ?? 'NULL::jsonb'}
  FROM ${from}`;
