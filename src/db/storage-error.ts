/** SQLSTATE classes, and Prisma's, that mean our statement or its data is wrong: waiting does not mend them. */
const OUR_FAULT = new Set(['21', '22', '23', '42', '54', 'P2']);

/** Of those: a table, a column or a right is missing, as during a restore. Somebody is at it; our statement can wait. */
const BEING_MENDED = new Set(['42P01', '42703', '42501']);

/**
 * Whether an error says that the database cannot take anything just now (gone, starting, full, too many connections),
 * as against a fault of ours that would fail again and again.
 */
export function isStorageError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') {
    if (/^[0-9A-Z]{5}$/.test(code)) return BEING_MENDED.has(code) || !OUR_FAULT.has(code.slice(0, 2));
    if (/^P1\d{3}$/.test(code) || /^E[A-Z]+$/.test(code)) return true; // Prisma: cannot reach; Node: no connection
  }
  return /connection terminated|timeout|connection error|cannot use a pool/i.test(error.message);
}
