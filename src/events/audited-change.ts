import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.js';
import type { Prisma } from '../db/prisma/client.js';

/** The Prisma client inside a transaction. */
export type Transaction = Prisma.TransactionClient;

/** An entry of the audit log. A phone is masked. */
export interface AuditEntry {
  event: string;
  /** ID of the user who acts, or "operator" for the command line. */
  actor: string;
  userId?: string;
  phone?: string;
  details?: Prisma.InputJsonObject;
}

/**
 * Runs a change and writes its audit entry in one transaction, so that neither exists without the other. For CRUD with
 * Prisma; a statement that decides writes its own entry with `auditedBy`.
 */
export async function auditedChange<Result>(
  change: (transaction: Transaction) => Promise<{ result: Result; entry: AuditEntry }>,
  { database }: { database: Database },
): Promise<Result> {
  return database.prisma.$transaction(async (transaction) => {
    const { result, entry } = await change(transaction);
    await transaction.auditEntry.create({ data: { id: uuidv7(), ...entry } });
    return result;
  });
}
