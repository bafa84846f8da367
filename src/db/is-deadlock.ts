/** SQLSTATE deadlock_detected. */
const DEADLOCK = '40P01';
/** Prisma's code for a transaction that PostgreSQL has ended because of a conflict or a deadlock. */
const PRISMA_CONFLICT = 'P2034';

/** Whether PostgreSQL ended a transaction because it and another one waited for each other. It can be repeated. */
export function isDeadlock(error: unknown): boolean {
  const { code, meta, cause } = error as { code?: unknown; meta?: { code?: unknown }; cause?: unknown };
  if (code === DEADLOCK || code === PRISMA_CONFLICT || meta?.code === DEADLOCK) return true;
  return cause !== undefined && cause !== error && isDeadlock(cause);
}
