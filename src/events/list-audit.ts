import { validate as isUuid } from 'uuid';
import type { Database } from '../db/database.js';
import { type Page, type Period, pageOf } from '../db/page.js';

/** A row of the audit log. */
export interface AuditRecord {
  id: string;
  at: Date;
  event: string;
  actor: string;
  userId: string | null;
  attemptId: string | null;
  sessionId: string | null;
  phone: string | null;
  ip: string | null;
  details: unknown;
}

export interface AuditFilter extends Period {
  event?: string | null | undefined;
  actor?: string | null | undefined;
  userId?: string | null | undefined;
  attemptId?: string | null | undefined;
}

export async function listAudit(
  { filter, page }: { filter: AuditFilter; page: Page },
  { database }: { database: Database },
): Promise<AuditRecord[]> {
  const { event, actor, userId, attemptId } = filter;
  if ((userId && !isUuid(userId)) || (attemptId && !isUuid(attemptId))) return [];
  const { bounds, ...list } = pageOf(page, filter);
  return database.prisma.auditEntry.findMany({
    where: {
      AND: [
        ...bounds,
        ...(event ? [{ event }] : []),
        ...(actor ? [{ actor }] : []),
        ...(userId ? [{ userId }] : []),
        ...(attemptId ? [{ attemptId }] : []),
      ],
    },
    ...list,
  });
}
