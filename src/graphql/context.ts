import type { Client, LoginAttempt } from '../login/attempts/attempt.js';
import type { OtpRequested } from '../login/otp/request.js';
import type { WhatsAppLogin } from '../login/whatsapp/start.js';
import type { ChannelName } from '../config/config.js';
import { type Locale, wishedLocale } from '../locales/locale.js';
import type { Actor } from '../events/audited-by.js';
import { DomainError } from '../domain-error.js';
import type { Admin } from '../admin/admin.js';
import type { CookieJar } from '../http/session-cookie.js';
import type { CodeSubmission } from '../login/otp/check-code.js';
import type { VerifiedClaims } from '../sessions/access-token.js';
import type { SessionInfo } from '../sessions/list.js';
import type { CodeRequest } from '../sessions/authorization-codes/create.js';
import type { Viewer } from '../sessions/viewer.js';
import type { ProfileChange } from '../users/profile.js';
import type { RecognizedPhone } from '../phone/recognize-phone.js';
import type { Session } from '../sessions/session.js';
import type { User } from '../users/user.js';

/** What the schema can ask of the rooms below it: plain values in; plain values, or a DomainError, out. */
export interface Gateway {
  requestOtp(input: { phone: string; channel: ChannelName | undefined; client: Client }): Promise<OtpRequested>;
  resendOtp(input: { attemptId: string; secret: string; channel: ChannelName | undefined }): Promise<OtpRequested>;
  verifyOtp(input: { attemptId: string; secret: string; code: string }): Promise<Session>;
  startWhatsAppLogin(input: { client: Client }): Promise<WhatsAppLogin>;
  claimLogin(input: { attemptId: string; secret: string }): Promise<Session>;
  cancelLogin(input: { attemptId: string; secret: string }): Promise<LoginAttempt>;
  readAttempt(attemptId: string, secret: string): Promise<LoginAttempt | undefined>;
  watchAttempt(input: { attemptId: string; secret: string }): Promise<AsyncIterableIterator<LoginAttempt>>;
  refreshSession(refreshToken: string): Promise<Session>;
  /** The session of a refresh token of ours; asks no database. */
  sessionIdOf(refreshToken: string): string | undefined;
  signOut(sessionId: string, userId: string | undefined): Promise<void>;
  /** The claims of an access token of ours that is in time. */
  verifyAccessToken(token: string): Promise<VerifiedClaims | undefined>;
  /** Whether a session is known to be over, though its access tokens are in time. */
  isRevoked(sessionId: string): boolean;
  /** The person behind a session that is still open. */
  findViewer(sessionId: string): Promise<Viewer | undefined>;
  /** Calls for each session that ends from now on, on any instance. @returns how to stop. */
  onRevoked(listener: (sessionId: string) => void): () => void;
  listSessions(userId: string): Promise<SessionInfo[]>;
  /** @throws DomainError SESSION_NOT_FOUND */
  revokeSession(sessionId: string, by: { actor: Actor; ofUser: string }): Promise<void>;
  revokeSessionsOf(userId: string, by: { actor: Actor; except?: string }): Promise<number>;
  createAuthorizationCode(request: CodeRequest): Promise<{ redirectTo: string; expiresAt: Date }>;
  exchangeAuthorizationCode(input: {
    code: string;
    redirectUri: string;
    codeVerifier: string | undefined;
  }): Promise<Session>;
  /** Asks no database. */
  recognizePhone(text: string): RecognizedPhone | undefined;
  updateProfile(userId: string, change: ProfileChange, actor: Actor): Promise<User>;
  requestPhoneChange(input: {
    viewer: Viewer;
    phone: string;
    channel: ChannelName | undefined;
    client: Client;
  }): Promise<OtpRequested>;
  confirmPhoneChange(guess: CodeSubmission & { viewer: Viewer }): Promise<User>;
  /** Whether the admin API is theirs, by the role of their record. */
  isAdmin(user: User): boolean;
  admin: Admin;
}

/** What a request brings along, whichever door it came through. */
export interface GraphqlContext {
  gateway: Gateway;
  client: { ip: string; userAgent: string | undefined; locale: Locale | undefined; location: string | undefined };
  /** The access token shown, not looked at yet. */
  bearer: string | undefined;
  cookies: CookieJar;
  /** The person who asks, once somebody has wanted to know. */
  viewer?: Promise<Viewer>;
}

/** Who the access token speaks for; nothing without one that is good, of a session that is not known to be over. */
export async function claimsOf({
  bearer,
  gateway,
}: Pick<GraphqlContext, 'bearer' | 'gateway'>): Promise<VerifiedClaims | undefined> {
  const claims = bearer === undefined ? undefined : await gateway.verifyAccessToken(bearer);
  return claims && !gateway.isRevoked(claims.sessionId) ? claims : undefined;
}

/** The person who asks. @throws DomainError UNAUTHENTICATED */
export function viewerOf(context: GraphqlContext): Promise<Viewer> {
  context.viewer ??= findViewer(context);
  return context.viewer;
}

/** Their id: whom the audit log names. @throws DomainError UNAUTHENTICATED */
export async function viewerIdOf(context: GraphqlContext): Promise<string> {
  return (await viewerOf(context)).user.id;
}

async function findViewer(context: GraphqlContext): Promise<Viewer> {
  const claims = await claimsOf(context);
  const viewer = claims && (await context.gateway.findViewer(claims.sessionId));
  if (!viewer) throw new DomainError('UNAUTHENTICATED');
  return viewer;
}

/** The token of an `Authorization: Bearer …` header. */
export function readBearer(authorization: unknown): string | undefined {
  return typeof authorization === 'string' ? /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] : undefined;
}

/** The client as the rooms below know it, in the language it asks for. */
export function clientOf({ client }: GraphqlContext, locale: string | null | undefined) {
  return { ...client, locale: wishedLocale(locale, client.locale) };
}
