import { hash, randomBytes } from 'node:crypto';
import type { Audit } from '../../events/audit.js';
import type { Config } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import { isAllowedRedirect } from '../../config/redirect-uris.js';
import type { Database, Statement } from '../../db/database.js';
import { DomainError, InvalidInput } from '../../domain-error.js';
import { findSessionOf } from '../find-session.js';

/** Long enough for a browser to get back to the application, and for that to call us. */
const LIFE_SECONDS = 60;
const MAX_STATE_LENGTH = 1_024;
/** SHA-256 in base64url (RFC 7636, 4.2), in its one spelling: the last character carries four bits. */
const S256_CHALLENGE = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Only of a session that is open: whoever was just signed out makes none any more. */
const CREATE: Statement = {
  name: 'create_authorization_code',
  text: `
    INSERT INTO authorization_codes (code_hash, session_id, redirect_uri, code_challenge, expires_at)
    SELECT $1, id, $3, $4, now() + interval '${LIFE_SECONDS} seconds' FROM sessions
    WHERE id = $2 AND revoked_at IS NULL AND least(idle_expires_at, expires_at) > now()
    RETURNING expires_at`,
};

/** A code that was used is kept so long, to be known when it is shown again. */
export const DELETE_OLD_CODES: Statement = {
  name: 'forget_authorization_codes',
  text: `DELETE FROM authorization_codes WHERE created_at < now() - interval '1 day'`,
};

export interface CodeRequest {
  redirectUri: string;
  /** Of the session that is handed over. Not its access token: backends are shown those, and could open sessions with them. */
  refreshToken: string | undefined;
  /** The application's own, given back to it as it came. */
  state: string | undefined;
  codeChallenge: string | undefined;
}

/**
 * Makes a one-time code for a session, and the address that takes it to an application on the list.
 *
 * @throws InvalidInput state, codeChallenge
 * @throws DomainError REDIRECT_NOT_ALLOWED; UNAUTHENTICATED when the refresh token is not good, or its session is over
 */
export async function createAuthorizationCode(
  { redirectUri, refreshToken, state, codeChallenge }: CodeRequest,
  { config, database, keyring, audit }: { config: Config; database: Database; keyring: Keyring; audit: Audit },
): Promise<{ redirectTo: string; expiresAt: Date }> {
  if (!isAllowedRedirect(redirectUri, config)) throw new DomainError('REDIRECT_NOT_ALLOWED');
  // Half a character cannot stand in a URL, and would come back as another.
  if (state !== undefined && (state.length > MAX_STATE_LENGTH || /\p{Cs}/u.test(state)))
    throw new InvalidInput('state');
  if (codeChallenge !== undefined && !S256_CHALLENGE.test(codeChallenge)) throw new InvalidInput('codeChallenge');
  const by = refreshToken === undefined ? undefined : await findSessionOf({ refreshToken }, { database, keyring });
  if (!by) throw new DomainError('UNAUTHENTICATED');
  const { sessionId, userId } = by;
  const code = randomBytes(32).toString('base64url');
  const [row] = await database.query<{ expires_at: Date }>(CREATE, [
    hashCode(code),
    sessionId,
    redirectUri,
    codeChallenge ?? null,
  ]);
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

/** The URI as it is, with more in its query (RFC 6749, 4.1.2): it has no fragment, and is not to be spelt otherwise. */
function withQuery(uri: string, parameters: Record<string, string>): string {
  const joint = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&';
  return `${uri}${joint}${new URLSearchParams(parameters).toString()}`;
}
