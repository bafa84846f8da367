import type { Database } from '../db/database.js';
import { describeDevice } from './device.js';

/** An open session, as its user or an admin sees it. */
export interface SessionInfo {
  id: string;
  /** For example "Chrome, Android". */
  device: string;
  ipAddress: string | null;
  location: string | null;
  startedAt: Date;
  /**
   * Time of the sign-in or of the last refresh. Requests in between do not count, so it may be out of date by the
   * lifetime of an access token.
   */
  lastSeenAt: Date;
  expiresAt: Date;
}

/** The maximum number of sessions in one answer. */
export const MAX_LISTED_SESSIONS = 200;

/** The open sessions of a user, most recently used first, at most 200. */
export async function listSessions(
  { userId }: { userId: string },
  { database }: { database: Database },
): Promise<SessionInfo[]> {
  const now = new Date();
  const rows = await database.prisma.session.findMany({
    where: { userId, revokedAt: null, idleExpiresAt: { gt: now }, expiresAt: { gt: now } },
    select: {
      id: true,
      userAgent: true,
      clientIp: true,
      location: true,
      createdAt: true,
      rotatedAt: true,
      idleExpiresAt: true,
      expiresAt: true,
    },
    orderBy: [{ rotatedAt: 'desc' }, { id: 'desc' }],
    take: MAX_LISTED_SESSIONS,
  });
  return rows.map((row) => ({
    id: row.id,
    device: describeDevice(row.userAgent),
    ipAddress: row.clientIp,
    location: row.location,
    startedAt: row.createdAt,
    lastSeenAt: row.rotatedAt,
    expiresAt: row.idleExpiresAt < row.expiresAt ? row.idleExpiresAt : row.expiresAt,
  }));
}
