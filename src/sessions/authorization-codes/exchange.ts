import { hash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Audit } from '../../events/audit.js';
import { auditedBy } from '../../events/audited-by.js';
import type { Config } from '../../config/config.js';
import { type RedirectTarget, isAllowedRedirect } from '../../config/applications.js';
import type { Database } from '../../db/database.js';
import { fromOuterJoin, hasColumns } from '../../db/outer-join.js';
import { statement } from '../../db/statement.js';
import { bytea, nullable, text, uuid } from '../../db/types.js';
import { DomainError } from '../../domain-error.js';
import type { Log } from '../../log.js';
import type { Bus } from '../../realtime/bus.js';
import { userColumns } from '../../users/user.js';
import { REVOCATIONS } from '../revocations.js';
import { revokedBecause } from '../revoke.js';
import {
  NEW_SESSION_PARAMETERS,
  SESSION_COLUMNS,
  type Session,
  type TokenMint,
  draftSession,
  insertSession,
  mintSession,
  sessionColumns,
} from '../session.js';
import { hashCode } from './create.js';
import { endWithSuccessors } from './end-successors.js';

/** RFC 7636, 4.1. */
const CODE_VERIFIER = /^[\w.~-]{43,128}$/;

/**
 * The row lock on the code lets one of many concurrent requests use it; the others find it used. The session that
 * created the code ends, and a new one opens in its place. The new session keeps the device, start and end of the old
 * one, because an exchange must not count as a new sign-in or prolong a session. The locks on user and session order
 * this statement with a concurrent block or revocation. A code of a revoked session or a blocked user is not used. Neither is a code of an earlier version, which has no client_id and may have no challenge.
 */
const EXCHANGE = statement({
  name: 'sessions/exchange_authorization_code',
  sql: `
    WITH code AS (
      SELECT * FROM authorization_codes
      WHERE code_hash = :codeHash AND client_id = :clientId AND redirect_uri = :redirectUri AND code_challenge = :codeChallenge
      FOR UPDATE
    ),
    unused AS (SELECT session_id FROM code WHERE used_at IS NULL AND expires_at > now()),
    user_row AS (
      SELECT u.* FROM unused JOIN sessions s ON s.id = unused.session_id JOIN users u ON u.id = s.user_id
      WHERE NOT u.blocked FOR SHARE OF u
    ),
    open_session AS (
      SELECT s.id FROM unused JOIN sessions s ON s.id = unused.session_id JOIN user_row ON user_row.id = s.user_id
      WHERE s.revoked_at IS NULL AND least(s.idle_expires_at, s.expires_at) > now() FOR UPDATE OF s
    ),
    ended AS (UPDATE sessions s SET ${revokedBecause(`'handed_over'`)} FROM open_session WHERE s.id = open_session.id RETURNING s.*),
    audited AS (${auditedBy('ended', {
      id: ':auditId::uuid',
      event: 'session.revoked',
      actor: 'user_id::text',
      userId: 'user_id',
      sessionId: 'id',
      details: `jsonb_build_object('reason', revoked_reason, 'sessions', ARRAY[id])`,
    })}),
    session AS (${insertSession('ended', { deviceId: 'coalesce(device_id, id)', startedAt: 'created_at', endsAt: 'expires_at' })}),
    moved_device AS (
      UPDATE known_devices d SET session_id = session.id FROM ended, session WHERE d.user_id = ended.user_id AND d.session_id = ended.id
    ),
    used AS (
      UPDATE authorization_codes c SET used_at = now(), opened_session_id = session.id FROM session WHERE c.code_hash = :codeHash
    )
    SELECT code.session_id AS made_by, code.opened_session_id AS opened_before,
           ${sessionColumns('session')}, ${userColumns('user_row')}
    FROM code LEFT JOIN session ON true LEFT JOIN user_row ON true`,
  parameters: {
    codeHash: bytea,
    clientId: text,
    redirectUri: text,
    codeChallenge: text,
    auditId: uuid,
    ...NEW_SESSION_PARAMETERS,
  },
  columns: { made_by: uuid, opened_before: nullable(uuid), ...fromOuterJoin(SESSION_COLUMNS) },
});

/**
 * Exchanges a code for a new session of the application. The session that created the code ends. A second exchange of
 * the same code means that two parties know it, so the session that it opened ends (RFC 6749, 4.1.2). Therefore, of
 * many concurrent requests one gets a session, and the others end it. See docs/decisions/0021.
 *
 * @throws DomainError INVALID_AUTHORIZATION_CODE
 */
export async function exchangeAuthorizationCode(
  { code, clientId, redirectUri, codeVerifier }: RedirectTarget & { code: string; codeVerifier: string },
  deps: { config: Config; database: Database; mint: TokenMint; bus: Bus; audit: Audit; log: Log },
): Promise<Session> {
  const { config, database, mint, bus, audit, log } = deps;
  if (!isAllowedRedirect({ clientId, redirectUri }, config) || !CODE_VERIFIER.test(codeVerifier))
    throw new DomainError('INVALID_AUTHORIZATION_CODE');
  const [row] = await database.query(EXCHANGE, {
    codeHash: hashCode(code),
    clientId,
    redirectUri,
    codeChallenge: hash('sha256', codeVerifier, 'base64url'),
    auditId: uuidv7(),
    ...draftSession(mint),
  });
  if (row?.opened_before) await endReplayed(row.opened_before, deps);
  if (!row || !hasColumns(row, SESSION_COLUMNS)) throw new DomainError('INVALID_AUTHORIZATION_CODE');
  bus.publish(REVOCATIONS);
  const { made_by: madeBy, session_id: sessionId, user_id: userId } = row;
  log.info({ event: 'session.revoked', sessionId: madeBy, userId, actor: userId, reason: 'handed_over' });
  audit.info({ event: 'authorization_code.exchanged', userId, sessionId, madeBy, clientId, redirectUri });
  return mintSession(row, mint);
}

/** A thief who used the code first must not keep access. */
async function endReplayed(
  opened: string,
  deps: { database: Database; bus: Bus; audit: Audit; log: Log },
): Promise<void> {
  const ended = await endWithSuccessors({ sessionId: opened, reason: 'authorization_code_replayed' }, deps);
  // Audited only if a session ended. Otherwise a replayed code could fill the audit log.
  (ended > 0 ? deps.audit : deps.log).warn({ event: 'authorization_code.replayed', sessionId: opened });
}
