import type { Database, Statement } from '../db/database.js';
import { type User, USER_COLUMNS, type UserRow, toUser } from '../users/user.js';

/** The person behind a session, and the session they are here with. */
export interface Viewer {
  user: User;
  sessionId: string;
  signedInAt: Date;
}

const FIND_VIEWER: Statement = {
  name: 'find_viewer',
  text: `
    SELECT s.created_at AS signed_in_at, ${USER_COLUMNS('u')}
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND s.revoked_at IS NULL AND NOT u.blocked
      AND least(s.idle_expires_at, s.expires_at) > now()`,
};

/** The person behind a session, as long as it is open and they are not blocked. Their role is the one they have now. */
export async function findViewer(
  { sessionId }: { sessionId: string },
  { database }: { database: Database },
): Promise<Viewer | undefined> {
  const [row] = await database.query<UserRow & { signed_in_at: Date }>(FIND_VIEWER, [sessionId]);
  return row && { user: toUser(row), sessionId, signedInAt: row.signed_in_at };
}
