import { failureReason, loginMethod } from '../../db/enums.js';
import type { Database } from '../../db/database.js';
import { type Page, checkCursors } from '../../db/page.js';
import { statement } from '../../db/statement.js';
import { bool, int2, int8, nullable, text, textOf, timestamptz, uuid } from '../../db/types.js';
import { minUuidAt } from '../../db/uuid-time.js';
import { shortenIp } from '../../guard/networks/shorten-ip.js';
import { describeDevice } from '../../sessions/device.js';
import type { FailureReason, LoginMethod } from './attempt.js';
import { phoneSince } from './phone-since.js';

/** How an attempt to sign in to an account ended. */
export type SignInOutcome = 'SIGNED_IN' | 'ENDED' | 'REFUSED' | 'UNFINISHED';

/** An attempt to sign in to an account, as its user sees it. */
export interface SignIn {
  id: string;
  at: Date;
  method: LoginMethod;
  device: string;
  /** A network if the attempt did not prove the phone, because it may be a stranger's. */
  ipAddress: string | null;
  location: string | null;
  outcome: SignInOutcome;
  failureReason: FailureReason | null;
  failedTries: number;
  /** The session that is open now. */
  sessionId: string | null;
}

/**
 * SQL: the columns of the newest (`DESC`) or oldest (`ASC`) attempts of one kind. Each kind reads an index, and no
 * more rows than the page has.
 */
const attempts = (from: string, where: string, order: string) => `
  SELECT a.id, a.method, a.status, a.tries, a.failure_reason, a.client_ip, a.user_agent, a.location, a.session_id,
         a.created_at, a.completed_at, a.user_id IS NOT NULL AS proven
  FROM ${from} WHERE ${where} AND a.purpose = 'SIGN_IN' AND a.id > :above AND a.id < :below
  ORDER BY a.id ${order} LIMIT :limit`;

/**
 * The attempts of the user, and those that signed nobody in with the user's phone.
 *
 * An application continues the session of the login page under another ID, with the same start (docs/decisions/0021).
 */
const listSignInsBy = (name: string, order: 'ASC' | 'DESC') =>
  statement({
    name,
    sql: `
    WITH viewer AS MATERIALIZED (
      SELECT u.id, u.phone, ${phoneSince('u')} AS phone_since
      FROM users u WHERE u.id = :userId
    ),
    page AS (
      (${attempts('login_attempts a', 'a.user_id = :userId', order)})
      UNION ALL
      (${attempts('viewer, login_attempts a', 'a.phone = viewer.phone AND a.user_id IS NULL AND a.created_at >= viewer.phone_since', order)})
      ORDER BY id ${order} LIMIT :limit
    ),
    own_sessions AS MATERIALIZED (
      SELECT id, created_at, revoked_at IS NULL AND least(idle_expires_at, expires_at) > now() AS open
      FROM sessions WHERE user_id = :userId
    )
    SELECT page.id, page.created_at, page.method, page.user_agent, page.client_ip, page.location, page.failure_reason, page.tries, page.proven,
           open_session.id AS open_session_id,
           CASE WHEN open_session.id IS NOT NULL THEN 'SIGNED_IN' WHEN page.status = 'CLAIMED' THEN 'ENDED'
                WHEN page.status = 'FAILED' OR page.tries > 0 OR (page.status = 'CANCELED' AND page.completed_at IS NOT NULL) THEN 'REFUSED'
                ELSE 'UNFINISHED' END AS outcome
    FROM page
    LEFT JOIN own_sessions opened ON opened.id = page.session_id
    LEFT JOIN LATERAL (
      SELECT id FROM own_sessions same WHERE same.created_at = opened.created_at AND same.open ORDER BY id DESC LIMIT 1
    ) open_session ON true
    ORDER BY page.id ${order}`,
    parameters: { userId: uuid, above: uuid, below: uuid, limit: int8 },
    columns: {
      id: uuid,
      created_at: timestamptz,
      method: loginMethod,
      user_agent: nullable(text),
      client_ip: nullable(text),
      location: nullable(text),
      failure_reason: nullable(failureReason),
      tries: int2,
      proven: bool,
      open_session_id: nullable(uuid),
      outcome: textOf<SignInOutcome>(),
    },
  });

const LIST = {
  newestFirst: listSignInsBy('login/list_sign_ins', 'DESC'),
  oldestFirst: listSignInsBy('login/list_sign_ins_oldest_first', 'ASC'),
};

const DAY_MS = 86_400_000;
const GREATEST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * A page of the attempts to sign in to an account within the retention period.
 *
 * @throws InvalidInput "after" or "before"
 */
export async function listSignIns(
  { userId, page }: { userId: string; page: Page },
  { database, config }: { database: Database; config: { retention: { historyDays: number } } },
): Promise<SignIn[]> {
  const { after, before } = checkCursors(page);
  const oldest = minUuidAt(new Date(Date.now() - config.retention.historyDays * DAY_MS));
  const rows = await database.query(page.inverted ? LIST.oldestFirst : LIST.newestFirst, {
    userId,
    above: before !== undefined && before > oldest ? before : oldest,
    below: after ?? GREATEST_UUID,
    limit: page.limit,
  });
  return rows.map((row) => ({
    id: row.id,
    at: row.created_at,
    method: row.method,
    device: describeDevice(row.user_agent),
    ipAddress: row.proven ? row.client_ip : row.client_ip && shortenIp(row.client_ip),
    location: row.location,
    outcome: row.outcome,
    failureReason: row.failure_reason,
    failedTries: row.tries,
    sessionId: row.open_session_id,
  }));
}
