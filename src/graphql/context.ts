import type { Client, LoginAttempt } from '../login/attempt.js';
import type { OtpRequested } from '../login/otp/request.js';
import type { WhatsAppLogin } from '../login/whatsapp/start.js';
import type { ChannelName } from '../config/config.js';
import { type Locale, wishedLocale } from '../locales/locale.js';
import type { AccessClaims } from '../sessions/access-token.js';
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
  signOut(sessionId: string): Promise<void>;
  /** The claims of an access token of ours that is in time. */
  verifyAccessToken(token: string): Promise<AccessClaims | undefined>;
  /** The person behind a session that is still open. */
  findViewer(sessionId: string): Promise<User | undefined>;
}

/** What a request brings along, whichever door it came through. */
export interface GraphqlContext {
  gateway: Gateway;
  client: { ip: string; userAgent: string | undefined; locale: Locale | undefined };
  /** The access token shown, not looked at yet. */
  bearer: string | undefined;
}

/** The token of an `Authorization: Bearer …` header. */
export function readBearer(authorization: unknown): string | undefined {
  return typeof authorization === 'string' ? /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] : undefined;
}

/** The client as the rooms below know it, in the language it asks for. */
export function clientOf({ client }: GraphqlContext, locale: string | null | undefined) {
  return { ...client, locale: wishedLocale(locale, client.locale) };
}
