import type { Database } from '../db/database.js';
import { describeDevice } from './device.js';

/** An open session as its owner, or an admin, sees it. */
export interface SessionInfo {
  id: string;
  /** Such as "Chrome, Android". */
  device: string;
  ipAddress: string | null;
  location: string | null;
  startedAt: Date;
  /** The sign-in, or the last refresh: to within the life of an access token. */
  lastSeenAt: Date;
  expiresAt: Date;
}

/** Sessions in one answer. */
const MOST_LISTED = 200;

/** The open sessions of a user, the one seen last first; 200 at most. */
export async function listSessions(
  { userId }: { userId: string },
  { database }: { database: Database },
): Promise<SessionInfo[]> {
  const now = new Date();
  const rows = await database.prisma.session.findMany({
    where: { userId, revokedAt: null, idleExpiresAt: { gt: now }, expiresAt: { gt: now } },
    orderBy: [{ rotatedAt: 'desc' }, { id: 'desc' }],
    take: MOST_LISTED,
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
