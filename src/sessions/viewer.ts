import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { timestamptz, uuid } from '../db/types.js';
import { USER_COLUMNS, type User, toUser, userColumns } from '../users/user.js';

/** The person behind a session, and the session they are here with. */
export interface Viewer {
  user: User;
  sessionId: string;
  signedInAt: Date;
}

const FIND_VIEWER = statement({
  name: 'sessions/find_viewer',
  sql: `
    SELECT s.created_at AS signed_in_at, ${userColumns('u')}
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = :sessionId AND s.revoked_at IS NULL AND NOT u.blocked
      AND least(s.idle_expires_at, s.expires_at) > now()`,
  parameters: { sessionId: uuid },
  columns: { signed_in_at: timestamptz, ...USER_COLUMNS },
});

/** The person behind a session, as long as it is open and they are not blocked. Their role is the one they have now. */
export async function findViewer(
  { sessionId }: { sessionId: string },
  { database }: { database: Database },
): Promise<Viewer | undefined> {
  const [row] = await database.query(FIND_VIEWER, { sessionId });
  return row && { user: toUser(row), sessionId, signedInAt: row.signed_in_at };
}
