/**
 * An event, as it is logged and recorded in the audit log (R31). Phones are masked. It contains no code and no token.
 */
export interface AuditEvent {
  event: string;
  userId?: string | null | undefined;
  attemptId?: string | null;
  sessionId?: string | null;
  phone?: string;
  ip?: string;
  /** Other fields are recorded as details. */
  [detail: string]: unknown;
}

/** An event with the ID and the time of its entry in the audit log. */
export interface PendingEntry {
  id: string;
  at: Date;
  event: AuditEvent;
}
