import { isTlsError } from './tls-error.js';

/** Classes of SQLSTATE and of Prisma's codes for a wrong statement or wrong data. Waiting does not help. */
const PERMANENT = new Set(['21', '22', '23', '42', '54', 'P2']);

/**
 * Exceptions, which are temporary: a missing table, column or privilege, as during a restore; and Prisma's P2024 and
 * P2028 (no connection, or no transaction, in time) and P2034 (a deadlock).
 */
const TEMPORARY = new Set(['42P01', '42703', '42501', 'P2024', 'P2028', 'P2034']);

/** SQLSTATE query_canceled: by the statement timeout of the connection. */
const QUERY_CANCELED = '57014';

/** Whether a statement took too long, or waited too long for a connection. */
export function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message, cause, meta } = error as {
    code?: unknown;
    message: string;
    cause?: unknown;
    meta?: { driverAdapterError?: unknown };
  };
  if (code === QUERY_CANCELED || /timeout exceeded when trying to connect|query read timeout/i.test(message))
    return true;
  // Prisma wraps the errors of its driver.
  const { originalCode } = (cause ?? {}) as { originalCode?: unknown };
  return originalCode === QUERY_CANCELED || isTimeout(meta?.driverAdapterError);
}

/**
 * Whether an error means that the database is unavailable for now (unreachable, starting, full, too many connections).
 * A wrong statement, which would fail again, is not such an error.
 */
export function isStorageError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') {
    if (/^[0-9A-Z]{5}$/.test(code)) return TEMPORARY.has(code) || !PERMANENT.has(code.slice(0, 2));
    // Prisma: database unreachable; Node.js: no connection
    if (/^P1\d{3}$/.test(code) || /^E[A-Z]+$/.test(code)) return true;
  }
  const { meta } = error as { meta?: { driverAdapterError?: unknown } };
  if (isTlsError(error) || isStorageError(meta?.driverAdapterError)) return true;
  return /connection terminated|timeout|connection error|cannot use a pool/i.test(error.message);
}
