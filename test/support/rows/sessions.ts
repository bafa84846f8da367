import { type Moment, type Queryable, idAt, insertRows, updateRows } from './write.js';

const SESSIONS = 'sessions';
const AUTHORIZATION_CODES = 'authorization_codes';

interface SessionRow {
  id: string;
  userId: string;
  refreshTokenHash: Uint8Array;
  refreshCounter: number;
  refreshSalt: Uint8Array | null;
  refreshSaltedFrom: number | null;
  keyId: string;
  userAgent: string | null;
  createdAt: Moment;
  rotatedAt: Moment;
  idleExpiresAt: Moment;
  expiresAt: Moment;
  revokedAt: Moment | null;
  revokedReason: string | null;
}

export async function insertSessions(
  database: Queryable,
  rows: (Partial<SessionRow> & Pick<SessionRow, 'userId'>)[],
): Promise<void> {
  const sessions = rows.map((row) => ({
    id: idAt(new Date()),
    refreshTokenHash: Buffer.alloc(32),
    keyId: 'k',
    idleExpiresAt: '14 days',
    expiresAt: '30 days',
    ...row,
  }));
  await insertRows(database, SESSIONS, sessions);
}

/** Inserts a session that differs from another one only in its id. */
export const copySession = (database: Queryable, id: string, copyId: string) =>
  database.query(
    `INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object('id', $1::text))).* FROM sessions s WHERE s.id = $2`,
    [copyId, id],
  );

export const updateSession = (database: Queryable, id: string, changes: Partial<SessionRow>) =>
  updateRows(database, SESSIONS, { where: { id }, set: changes });

export const expireSession = (database: Queryable, id: string) =>
  updateSession(database, id, { expiresAt: '-1 second' });

/** Makes the session as old as the time after which an unused session ends. */
export const expireIdleSession = (database: Queryable, id: string) =>
  updateSession(database, id, { idleExpiresAt: '-1 second' });

export const endSession = (database: Queryable, id: string, reason: string | null = null) =>
  updateSession(database, id, { revokedAt: '0 seconds', revokedReason: reason });

/** Moves every time of the session into the past. */
export const ageSession = (database: Queryable, id: string, interval: string) =>
  database.query(
    `UPDATE sessions
     SET created_at = created_at - $2::interval, rotated_at = rotated_at - $2::interval,
         idle_expires_at = idle_expires_at - $2::interval, expires_at = expires_at - $2::interval,
         recent_rotations = ARRAY(SELECT t - $2::interval FROM unnest(recent_rotations) AS t)
     WHERE id = $1`,
    [id, interval],
  );

/** Moves only the times of the latest refreshes into the past. */
export const ageSessionRotations = (database: Queryable, id: string, interval: string) =>
  database.query(
    `UPDATE sessions SET recent_rotations = ARRAY(SELECT t - $2::interval FROM unnest(recent_rotations) AS t)
     WHERE id = $1`,
    [id, interval],
  );

/** Deletes all sessions of the user with this phone. */
export const deleteSessions = (database: Queryable, { phone }: { phone: string }) =>
  database.query('DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE phone = $1)', [phone]);

export const expireAuthorizationCodes = (database: Queryable, sessionId: string) =>
  updateRows(database, AUTHORIZATION_CODES, { where: { sessionId }, set: { expiresAt: '0 seconds' } });

/** Moves the creation of the session's authorization codes into the past. */
export const ageAuthorizationCodes = (database: Queryable, sessionId: string, interval: string) =>
  database.query('UPDATE authorization_codes SET created_at = now() - $2::interval WHERE session_id = $1', [
    sessionId,
    interval,
  ]);
