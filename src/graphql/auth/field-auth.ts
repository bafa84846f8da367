import { DomainError } from '../../domain-error.js';
import { requireFreshSignIn } from '../../sessions/fresh-sign-in.js';
import type { Viewer } from '../../sessions/viewer.js';
import { isAdmin } from '../../users/is-admin.js';
import type { GraphqlContext } from '../context.js';
import { callerOf, sessionOfCookie } from './caller.js';

/**
 * What a request must show for each `auth` of a root field. The option is required for every field of Query, Mutation
 * and Subscription. See docs/decisions/0031.
 */
const CHECKS = {
  /** No session. Where the field has a secret in its arguments, such as that of an attempt, its use case checks it. */
  public: () => {},
  /** The resolver checks the token itself, because the session may have ended or only a refresh token is enough. */
  resolver: () => {},
  /** Any token of an open session. The access token is enough, so each backend that a user calls can do this too. */
  user: callerOf,
  /** The gateway token, or the cookie. */
  gateway: requireGatewayToken,
  /** The same, of a session that was opened less than ten minutes ago. */
  fresh: async (context: GraphqlContext) => requireFreshSignIn(await requireGatewayToken(context)),
  /** The gateway token or the cookie of an admin, of a session that was opened less than ADMIN_SESSION_MINUTES ago. */
  admin: requireAdmin,
} satisfies Record<string, (context: GraphqlContext) => unknown>;

export type FieldAuth = keyof typeof CHECKS;

/** @throws DomainError UNAUTHENTICATED, GATEWAY_TOKEN_REQUIRED, FORBIDDEN, FRESH_SIGN_IN_REQUIRED, CSRF_HEADER_MISSING */
export async function checkFieldAuth(auth: FieldAuth, context: GraphqlContext): Promise<void> {
  await CHECKS[auth](context);
}

/**
 * An access token is enough only together with the cookie of the same session, which no backend is shown.
 * @throws DomainError UNAUTHENTICATED, GATEWAY_TOKEN_REQUIRED, CSRF_HEADER_MISSING
 */
async function requireGatewayToken(context: GraphqlContext): Promise<Viewer> {
  const { viewer, shown } = await callerOf(context);
  if (shown === 'access' && (await sessionOfCookie(context))?.sessionId !== viewer.sessionId)
    throw new DomainError('GATEWAY_TOKEN_REQUIRED');
  return viewer;
}

/**
 * Checks the role in the database, because the one in the token may be out of date.
 * @throws DomainError UNAUTHENTICATED, GATEWAY_TOKEN_REQUIRED, FORBIDDEN, FRESH_SIGN_IN_REQUIRED, CSRF_HEADER_MISSING
 */
export async function requireAdmin(context: GraphqlContext): Promise<Viewer> {
  const viewer = await requireGatewayToken(context);
  if (!isAdmin(viewer.user, context.users)) throw new DomainError('FORBIDDEN');
  requireFreshSignIn(viewer, context.sessions.config.sessions.adminMinutes);
  return viewer;
}
