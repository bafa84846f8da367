import { hash, randomBytes } from 'node:crypto';
import type { Audit } from '../../events/audit.js';
import type { Config } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import { isAllowedRedirect } from '../../config/redirect-uris.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { bytea, nullable, text, timestamptz, uuid } from '../../db/types.js';
import { DomainError, InvalidInput } from '../../domain-error.js';
import { findSessionOf } from '../find-session.js';

/** Time for the browser to return to the application, and for the application to exchange the code. */
export const AUTHORIZATION_CODE_SECONDS = 60;
export const MAX_STATE_LENGTH = 1_024;
/** SHA-256 in base64url (RFC 7636, 4.2), in its only valid spelling: the last character carries four bits. */
const S256_CHALLENGE = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Creates a code only while the session is open. */
const CREATE = statement({
  name: 'sessions/create_authorization_code',
  sql: `
    INSERT INTO authorization_codes (code_hash, session_id, redirect_uri, code_challenge, expires_at)
    SELECT :codeHash, id, :redirectUri, :codeChallenge, now() + interval '${AUTHORIZATION_CODE_SECONDS} seconds' FROM sessions
    WHERE id = :sessionId AND revoked_at IS NULL AND least(idle_expires_at, expires_at) > now()
    RETURNING expires_at`,
  parameters: { codeHash: bytea, sessionId: uuid, redirectUri: text, codeChallenge: nullable(text) },
  columns: { expires_at: timestamptz },
});

/** Used codes are kept for a day, so that a replay is recognized. */
export const DELETE_OLD_CODES = statement({
  name: 'sessions/delete_old_authorization_codes',
  sql: `DELETE FROM authorization_codes WHERE created_at < now() - interval '1 day'`,
  parameters: {},
  columns: {},
});

export interface CodeRequest {
  redirectUri: string;
  /**
   * The refresh token of the session. An access token is not enough: backends receive access tokens and could open
   * sessions with them.
   */
  refreshToken: string | undefined;
  /** The application's own value. The redirect returns it unchanged. */
  state: string | undefined;
  codeChallenge: string | undefined;
}

/**
 * Creates a one-time code for a session, and the URL that carries it to an allowed application.
 *
 * @throws InvalidInput state, codeChallenge
 * @throws DomainError REDIRECT_NOT_ALLOWED; UNAUTHENTICATED when the refresh token is not valid, or its session has
 * ended
 */
export async function createAuthorizationCode(
  { redirectUri, refreshToken, state, codeChallenge }: CodeRequest,
  { config, database, keyring, audit }: { config: Config; database: Database; keyring: Keyring; audit: Audit },
): Promise<{ redirectTo: string; expiresAt: Date }> {
  if (!isAllowedRedirect(redirectUri, config)) throw new DomainError('REDIRECT_NOT_ALLOWED');
  // An unpaired surrogate cannot be encoded in a URL: the application would receive another value.
  if (state !== undefined && (state.length > MAX_STATE_LENGTH || /\p{Cs}/u.test(state)))
    throw new InvalidInput('state');
  if (codeChallenge !== undefined && !S256_CHALLENGE.test(codeChallenge)) throw new InvalidInput('codeChallenge');
  const by = refreshToken === undefined ? undefined : await findSessionOf({ refreshToken }, { database, keyring });
  if (!by) throw new DomainError('UNAUTHENTICATED');
  const { sessionId, userId } = by;
  const code = randomBytes(32).toString('base64url');
  const [row] = await database.query(CREATE, { codeHash: hashCode(code), sessionId, redirectUri, codeChallenge });
  if (!row) throw new DomainError('UNAUTHENTICATED');
  audit.info({
    event: 'authorization_code.created',
    userId,
    sessionId,
    redirectUri,
    withChallenge: codeChallenge !== undefined,
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
