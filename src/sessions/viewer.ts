import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { timestamptz, uuid } from '../db/types.js';
import { USER_COLUMNS, type User, toUser, userColumns } from '../users/user.js';

/** The signed-in user of a request, and their session. */
export interface Viewer {
  user: User;
  sessionId: string;
  signedInAt: Date;
}

const FIND_VIEWER = statement({
  name: 'sessions/find_viewer',
  short: true,
  sql: `
    SELECT s.created_at AS signed_in_at, ${userColumns('u')}
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = :sessionId AND s.revoked_at IS NULL AND NOT u.blocked
      AND least(s.idle_expires_at, s.expires_at) > now()`,
  parameters: { sessionId: uuid },
  columns: { signed_in_at: timestamptz, ...USER_COLUMNS },
});

/** Finds the user of an open session, with their current role. @returns undefined when the session has ended or the user is blocked. */
export async function findViewer(
  { sessionId }: { sessionId: string },
  { database }: { database: Database },
): Promise<Viewer | undefined> {
  const [row] = await database.query(FIND_VIEWER, { sessionId });
  return row && { user: toUser(row), sessionId, signedInAt: row.signed_in_at };
}
