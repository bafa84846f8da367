import { DomainError } from '../../domain-error.js';
import { findSessionOf } from '../../sessions/find-session.js';
import { verifyBearer } from '../../sessions/verify-bearer.js';
import { type Viewer, findViewer } from '../../sessions/viewer.js';
import type { Caller, GraphqlContext } from '../context.js';

/** The user who is signed in, with the session of the request. @throws DomainError UNAUTHENTICATED */
export async function viewerOf(context: GraphqlContext): Promise<Viewer> {
  return (await callerOf(context)).viewer;
}

/** The ID of the viewer, for the audit log. @throws DomainError UNAUTHENTICATED */
export async function viewerIdOf(context: GraphqlContext): Promise<string> {
  return (await viewerOf(context)).user.id;
}

/** @throws DomainError UNAUTHENTICATED, CSRF_HEADER_MISSING */
export function callerOf(context: GraphqlContext): Promise<Caller> {
  context.caller ??= identify(context);
  return context.caller;
}

async function identify(context: GraphqlContext): Promise<Caller> {
  const { bearer, sessions } = context;
  const claims =
    bearer === undefined
      ? await sessionOfCookie(context)
      : await verifyBearer({ bearer, kinds: ['access', 'gateway'] }, sessions);
  const viewer = claims && (await findViewer({ sessionId: claims.sessionId }, sessions));
  if (!viewer) throw new DomainError('UNAUTHENTICATED');
  return { viewer, shown: claims.kind };
}

/**
 * The session of the refresh token in the cookie; undefined without a valid one.
 * @throws DomainError CSRF_HEADER_MISSING
 */
export async function sessionOfCookie({ cookies, sessions }: GraphqlContext) {
  const refreshToken = cookies.refreshToken();
  const claims = refreshToken === undefined ? undefined : await findSessionOf({ refreshToken }, sessions);
  return claims && { ...claims, kind: 'cookie' as const };
}
