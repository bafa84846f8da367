import { validate as isUuid } from 'uuid';
import type { AttemptPurpose } from '../../db/prisma/client.js';
import type { Database } from '../../db/database.js';
import { type Page, type Period, pageOf } from '../../db/page.js';
import { describeDevice } from '../../sessions/device.js';
import { maskPhone } from '../../phone/mask-phone.js';
import type { FailureReason, LoginAttemptStatus, LoginMethod } from './attempt.js';

/** An attempt as operators see it: without secret and code, the phone masked. */
export interface AttemptRecord {
  id: string;
  method: LoginMethod;
  purpose: AttemptPurpose;
  status: LoginAttemptStatus;
  failureReason: FailureReason | null;
  maskedPhone: string | null;
  userId: string | null;
  sessionId: string | null;
  failedTries: number;
  ipAddress: string | null;
  location: string | null;
  device: string;
  locale: string;
  createdAt: Date;
  expiresAt: Date;
  completedAt: Date | null;
  claimedAt: Date | null;
}

export interface AttemptFilter extends Period {
  /** E.164. */
  phone?: string | undefined;
  userId?: string | null | undefined;
  method?: LoginMethod | null | undefined;
  status?: LoginAttemptStatus | null | undefined;
}

const RECORD = {
  id: true,
  method: true,
  purpose: true,
  status: true,
  failureReason: true,
  phone: true,
  userId: true,
  sessionId: true,
  tries: true,
  clientIp: true,
  location: true,
  userAgent: true,
  locale: true,
  createdAt: true,
  expiresAt: true,
  completedAt: true,
  claimedAt: true,
} as const;

/** A page of the attempts that match a filter, newest first. @throws InvalidInput "after" or "before" */
export async function listAttempts(
  { filter, page }: { filter: AttemptFilter; page: Page },
  { database }: { database: Database },
): Promise<AttemptRecord[]> {
  const { phone, userId, method, status } = filter;
  if (userId && !isUuid(userId)) return [];
  const { bounds, ...list } = pageOf(page, filter);
  const rows = await database.prisma.loginAttempt.findMany({
    where: {
      AND: [
        ...bounds,
        ...(phone ? [{ phone }] : []),
        ...(userId ? [{ userId }] : []),
        ...(method ? [{ method }] : []),
        ...(status ? [withStatus(status)] : []),
      ],
    },
    ...list,
    select: RECORD,
  });
  return rows.map(({ phone: fullPhone, tries, clientIp, userAgent, ...row }) => ({
    ...row,
    // The cleanup writes this status within half a minute.
    status: isOpen(row.status) && row.expiresAt.getTime() <= Date.now() ? 'EXPIRED' : row.status,
    maskedPhone: fullPhone && maskPhone(fullPhone),
    failedTries: tries,
    ipAddress: clientIp,
    device: describeDevice(userAgent),
  }));
}

const OPEN: readonly LoginAttemptStatus[] = ['PENDING', 'CONFIRMING', 'COMPLETED'];
const isOpen = (status: LoginAttemptStatus) => OPEN.includes(status);

/** Prisma: the attempts with this status, including overdue ones that the cleanup has not marked yet. */
function withStatus(status: LoginAttemptStatus) {
  if (status === 'CLAIMED') return { status };
  const now = new Date();
  // Only a claim sets the session. PostgreSQL needs the condition to use the index of the attempts without one.
  const sessionId = null;
  if (status === 'EXPIRED')
    return { sessionId, OR: [{ status }, { status: { in: [...OPEN] }, expiresAt: { lte: now } }] };
  return isOpen(status) ? { status, sessionId, expiresAt: { gt: now } } : { status, sessionId };
}
