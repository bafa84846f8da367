import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { nullable, uuid } from '../db/types.js';
import type { Audit } from '../events/audit.js';
import { createLogThrottle } from '../log-throttle.js';
import type { ReadRefreshToken } from './refresh-token.js';
import { REFRESH_TOKEN_PARAMETERS, isTokenOf } from './refresh-token-sql.js';

/** Tokens can be forged as fast as requests are answered. */
const LOG_INTERVAL_MS = 60_000;

const FIND_SESSION_OF_FORGERY = statement({
  name: 'sessions/find_session_of_forgery',
  sql: `SELECT user_id FROM sessions s WHERE id = :sessionId AND NOT ${isTokenOf('s')}`,
  parameters: REFRESH_TOKEN_PARAMETERS,
  columns: { user_id: nullable(uuid) },
});

/**
 * Raises an alarm if a refused refresh token is forged: its check is right, so whoever made it knows GATEWAY_SECRET, but
 * its session never had it. An old token, or one of a deleted session, is no forgery. Never throws: the answer to the
 * client is the same with and without the alarm.
 */
export type ReportForgery = (refused: ReadRefreshToken) => Promise<void>;

export function createReportForgery({ database, audit }: { database: Database; audit: Audit }): ReportForgery {
  const mayLog = createLogThrottle(LOG_INTERVAL_MS);
  return async (refused) => {
    const [session] = await database.query(FIND_SESSION_OF_FORGERY, refused).catch(() => []);
    const due = session && mayLog();
    if (due)
      audit.warn({
        event: 'session.token_forged',
        sessionId: refused.sessionId,
        userId: session.user_id,
        ...due,
      });
  };
}
