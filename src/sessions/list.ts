import type { Database, Statement } from '../db/database.js';
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

const LIST_SESSIONS: Statement = {
  name: 'list_sessions_of_user',
  text: `
    SELECT id, user_agent, client_ip, location, created_at, rotated_at, least(idle_expires_at, expires_at) AS ends_at
    FROM sessions
    WHERE user_id = $1 AND revoked_at IS NULL AND least(idle_expires_at, expires_at) > now()
    ORDER BY rotated_at DESC, id DESC LIMIT 200`,
};

/** The open sessions of a person, the one seen last first; 200 at most. */
export async function listSessions(userId: string, database: Database): Promise<SessionInfo[]> {
  const rows = await database.query<{
    id: string;
    user_agent: string | null;
    client_ip: string | null;
    location: string | null;
    created_at: Date;
    rotated_at: Date;
    ends_at: Date;
  }>(LIST_SESSIONS, [userId]);
  return rows.map((row) => ({
    id: row.id,
    device: describeDevice(row.user_agent),
    ipAddress: row.client_ip,
    location: row.location,
    startedAt: row.created_at,
    lastSeenAt: row.rotated_at,
    expiresAt: row.ends_at,
  }));
}
