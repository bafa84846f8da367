import type { Audit } from '../events/audit.js';
import type { Database } from '../db/database.js';
import { type RowOf, statement } from '../db/statement.js';
import { bytea, int4, text, textOf } from '../db/types.js';
import { DomainError } from '../domain-error.js';
import type { Log } from '../log.js';
import type { Bus } from '../realtime/bus.js';
import { userColumns } from '../users/user.js';
import { justIssued, mayHaveLostAnswer } from './lost-answer.js';
import { justUsed, withRotation } from './recent-rotations.js';
import { type ReadRefreshToken, deriveKeyedPart, readRefreshToken } from './refresh-token.js';
import { REFRESH_TOKEN_PARAMETERS, isTokenOf, saltedTokenHash } from './refresh-token-sql.js';
import type { ReportForgery } from './report-forgery.js';
import { REVOCATIONS } from './revocations.js';
import {
  SESSION_COLUMNS,
  type Session,
  type TokenMint,
  createRefreshSalt,
  mintSession,
  sessionColumns,
} from './session.js';

/**
 * One statement decides what a token of a session does:
 * - rotated: the current token is exchanged for the next one. A session without a salt receives one.
 * - forged: a token that the session never had changes nothing and raises an alarm. Whoever made it knows GATEWAY_SECRET, but not the salt.
 * - repeated: a token that was used within the grace period returns the current one.
 * - replaced: a token whose answer was lost is exchanged again. The token of the lost answer is void from then on.
 * - behind: the same, but :nextCounter is not the next number. Nothing changes; repeat the statement with that number.
 * - stolen: a token that was used before revokes the session.
 *
 * The row lock lets only one of many concurrent requests with the same token exchange it.
 */
const ROTATE = statement({
  name: 'sessions/rotate_refresh_token',
  short: true,
  sql: `
    WITH open_session AS (
      SELECT s.* FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = :sessionId AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now() AND NOT u.blocked
      FOR UPDATE OF s
    ), judged AS (
      SELECT *,
        CASE WHEN refresh_counter = :counter AND refresh_token_hash = :tokenHash THEN 'rotated'
             WHEN NOT ${isTokenOf('open_session')} THEN 'forged'
             WHEN ${justUsed('open_session', ':counter')} THEN 'repeated'
             WHEN ${mayHaveLostAnswer('open_session', ':counter')} THEN
               CASE WHEN ${justIssued('open_session')} THEN 'repeated'
                    WHEN refresh_counter + 1 = :nextCounter THEN 'replaced'
                    ELSE 'behind' END
             ELSE 'stolen' END AS verdict
      FROM open_session
    ), compared AS (SELECT *, verdict IN ('rotated', 'replaced') AS issues FROM judged),
    changed AS (
      UPDATE sessions s SET
        refresh_counter = CASE WHEN compared.issues THEN s.refresh_counter + 1 ELSE s.refresh_counter END,
        refresh_token_hash = CASE WHEN compared.issues THEN ${saltedTokenHash('coalesce(s.refresh_salt, :newSalt)', ':nextKeyedPart')} ELSE s.refresh_token_hash END,
        refresh_salt = CASE WHEN compared.issues THEN coalesce(s.refresh_salt, :newSalt) ELSE s.refresh_salt END,
        refresh_salted_from = CASE WHEN compared.issues THEN coalesce(s.refresh_salted_from, s.refresh_counter + 1) ELSE s.refresh_salted_from END,
        key_id = CASE WHEN compared.issues THEN :keyId ELSE s.key_id END,
        rotated_at = CASE WHEN compared.verdict = 'rotated' THEN now() ELSE s.rotated_at END,
        recent_rotations = CASE WHEN compared.issues THEN ${withRotation('s')} ELSE s.recent_rotations END,
        idle_expires_at = CASE WHEN compared.issues THEN now() + :idleDays::int * interval '1 day' ELSE s.idle_expires_at END,
        replaced_counter = CASE WHEN compared.verdict = 'replaced' THEN s.refresh_counter + 1 ELSE s.replaced_counter END,
        replaced_parent = CASE WHEN compared.verdict = 'replaced' THEN :counter ELSE s.replaced_parent END,
        revoked_at = CASE WHEN compared.verdict = 'stolen' THEN clock_timestamp() END,
        revoked_reason = CASE WHEN compared.verdict = 'stolen' THEN 'refresh_token_reused' END
      FROM compared WHERE s.id = compared.id AND compared.verdict <> 'forged'
      RETURNING s.*, compared.verdict
    )
    SELECT ${sessionColumns('changed')}, changed.verdict, ${userColumns('u')}
    FROM changed JOIN users u ON u.id = changed.user_id`,
  parameters: {
    ...REFRESH_TOKEN_PARAMETERS,
    nextCounter: int4,
    nextKeyedPart: bytea,
    newSalt: bytea,
    keyId: text,
    idleDays: int4,
  },
  columns: {
    ...SESSION_COLUMNS,
    verdict: textOf<'rotated' | 'repeated' | 'replaced' | 'behind' | 'stolen'>(),
  },
});

/**
 * Exchanges a refresh token for the next one and a new access token. See docs/decisions/0020 and 0030.
 *
 * @throws DomainError INVALID_REFRESH_TOKEN when it is malformed, expired or revoked, or was used before; in the last
 * case the session is revoked.
 */
export async function refreshSession(
  { refreshToken }: { refreshToken: string },
  deps: { database: Database; mint: TokenMint; bus: Bus; audit: Audit; log: Log; reportForgery: ReportForgery },
): Promise<Session> {
  const { mint, bus, audit, log } = deps;
  const read = readRefreshToken(refreshToken, mint.keyring.all);
  if (!read) throw new DomainError('INVALID_REFRESH_TOKEN');
  let row = await rotate(read, read.counter + 1, deps);
  // Ends after one more round, unless many clients replace the token meanwhile.
  while (row?.verdict === 'behind') row = await rotate(read, row.refresh_counter + 1, deps);
  if (row?.verdict === 'stolen') {
    audit.warn({ event: 'session.theft', sessionId: row.session_id, userId: row.user_id });
    bus.publish(REVOCATIONS);
  }
  if (!row) await deps.reportForgery(read);
  if (!row || row.verdict === 'stolen') throw new DomainError('INVALID_REFRESH_TOKEN');
  log.info({ event: 'session.refreshed', sessionId: row.session_id, repeated: row.verdict !== 'rotated' });
  return mintSession(row, mint);
}

/** @param nextCounter the number of the token that is issued, if one is */
async function rotate(
  used: ReadRefreshToken,
  nextCounter: number,
  { database, mint }: { database: Database; mint: TokenMint },
): Promise<RowOf<typeof ROTATE> | undefined> {
  const { current } = mint.keyring;
  const [row] = await database.query(ROTATE, {
    ...used,
    nextCounter,
    nextKeyedPart: deriveKeyedPart({ ...used, counter: nextCounter }, current.refreshToken),
    newSalt: createRefreshSalt(),
    keyId: current.id,
    idleDays: mint.days.idle,
  });
  return row;
}
