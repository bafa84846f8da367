import { hash, randomBytes } from 'node:crypto';
import type { Audit } from '../../events/audit.js';
import type { Config } from '../../config/config.js';
import { type RedirectTarget, isAllowedRedirect } from '../../config/applications.js';
import { DELETE_BATCH_ROWS } from '../../db/delete-batch.js';
import { statement } from '../../db/statement.js';
import { bytea, text, timestamptz, uuid } from '../../db/types.js';
import { DomainError, InvalidInput } from '../../domain-error.js';
import { type FindSessionDeps, findSessionOf } from '../find-session.js';
import { isCodeChallenge } from './code-challenge.js';

/** Time for the browser to return to the application, and for the application to exchange the code. */
export const AUTHORIZATION_CODE_SECONDS = 60;
export const MAX_STATE_LENGTH = 1_024;

/** Creates a code only while the session is open. */
const CREATE = statement({
  name: 'sessions/create_authorization_code',
  sql: `
    INSERT INTO authorization_codes (code_hash, session_id, client_id, redirect_uri, code_challenge, expires_at)
    SELECT :codeHash, id, :clientId, :redirectUri, :codeChallenge, now() + interval '${AUTHORIZATION_CODE_SECONDS} seconds' FROM sessions
    WHERE id = :sessionId AND revoked_at IS NULL AND least(idle_expires_at, expires_at) > now()
    RETURNING expires_at`,
  parameters: { codeHash: bytea, sessionId: uuid, clientId: text, redirectUri: text, codeChallenge: text },
  columns: { expires_at: timestamptz },
});

/** Deletes a batch. Used codes are kept for a day, so that a replay is recognized. */
export const DELETE_OLD_CODES = statement({
  name: 'sessions/delete_old_authorization_codes',
  sql: `
    DELETE FROM authorization_codes WHERE code_hash IN (
      SELECT code_hash FROM authorization_codes WHERE created_at < now() - interval '1 day'
      LIMIT ${DELETE_BATCH_ROWS} FOR UPDATE SKIP LOCKED
    ) RETURNING session_id`,
  parameters: {},
  columns: { session_id: uuid },
});

export interface CodeRequest extends RedirectTarget {
  /**
   * The refresh token of the session. An access token is not enough: backends receive access tokens and could open
   * sessions with them.
   */
  refreshToken: string | undefined;
  /** The application's own value. The redirect returns it unchanged. */
  state: string | undefined;
  codeChallenge: string | undefined;
  /** Default: S256. */
  codeChallengeMethod: string | undefined;
}

/**
 * Creates a one-time code for a session, and the URL that carries it to a registered application. PKCE with S256 is
 * mandatory (RFC 9700, 2.1.1), so a code is useless without the verifier.
 *
 * @throws InvalidInput state, codeChallenge
 * @throws DomainError REDIRECT_NOT_ALLOWED; CODE_CHALLENGE_REQUIRED; UNAUTHENTICATED when the refresh token is not valid, or its session has
 * ended
 */
export async function createAuthorizationCode(
  { clientId, redirectUri, refreshToken, state, codeChallenge, codeChallengeMethod = 'S256' }: CodeRequest,
  deps: FindSessionDeps & { config: Config; audit: Audit },
): Promise<{ redirectTo: string; expiresAt: Date }> {
  const { config, database, audit } = deps;
  if (!isAllowedRedirect({ clientId, redirectUri }, config)) throw new DomainError('REDIRECT_NOT_ALLOWED');
  if (!codeChallenge || codeChallengeMethod !== 'S256') throw new DomainError('CODE_CHALLENGE_REQUIRED');
  // An unpaired surrogate cannot be encoded in a URL: the application would receive another value.
  if (state !== undefined && (state.length > MAX_STATE_LENGTH || /\p{Cs}/u.test(state)))
    throw new InvalidInput('state');
  if (!isCodeChallenge(codeChallenge)) throw new InvalidInput('codeChallenge');
  const by = refreshToken === undefined ? undefined : await findSessionOf({ refreshToken }, deps);
  if (!by) throw new DomainError('UNAUTHENTICATED');
  const { sessionId, userId } = by;
  const code = randomBytes(32).toString('base64url');
  const [row] = await database.query(CREATE, {
    codeHash: hashCode(code),
    sessionId,
    clientId,
    redirectUri,
    codeChallenge,
  });
  if (!row) throw new DomainError('UNAUTHENTICATED');
  audit.info({
    event: 'authorization_code.created',
    userId,
    sessionId,
    clientId,
    redirectUri,
  });
  return {
    redirectTo: withQuery(redirectUri, state === undefined ? { code } : { code, state }),
    expiresAt: row.expires_at,
  };
}

export function hashCode(code: string): Buffer {
  return hash('sha256', code, 'buffer');
}

/**
 * Adds query parameters (RFC 6749, 4.1.2). The URI has no fragment, and its spelling must not change, so it is not
 * parsed.
 */
function withQuery(uri: string, parameters: Record<string, string>): string {
  const joint = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&';
  return `${uri}${joint}${new URLSearchParams(parameters).toString()}`;
}
