import type { IncomingMessage, ServerResponse } from 'node:http';
import { DomainError } from '../domain-error.js';
import type { Session } from '../sessions/session.js';

/**
 * How browsers keep a session where SESSION_COOKIE is on: the refresh token in a cookie that no script reads, and the access
 * token in another, for forward-auth. `__Host-` binds both to this host and to https (RFC 6265bis, 4.1.3.2).
 */
const REFRESH_COOKIE = '__Host-phonegate-refresh';
const ACCESS_COOKIE = '__Host-phonegate-access';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax';

/** What a page of another origin cannot send without being asked first: it shows that a request was meant (R23). */
const CSRF_HEADER = 'x-phonegate';

export interface SessionCookies {
  refreshToken: string | undefined;
  accessToken: string | undefined;
}

export function readSessionCookies({ headers }: Pick<IncomingMessage, 'headers'>): SessionCookies {
  const cookies = new Map(
    (headers.cookie ?? '').split(';').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [trimmed(name), trimmed(value.join('='))] as const;
    }),
  );
  return {
    refreshToken: cookies.get(REFRESH_COOKIE) || undefined,
    accessToken: cookies.get(ACCESS_COOKIE) || undefined,
  };
}

/** Without the spaces around it, and no other sign: `__Host-` is worth nothing behind one that browsers take for a letter. */
const trimmed = (text: string) => text.replaceAll(/^[ \t]+|[ \t]+$/g, '');

/** The cookie of one request and its answer. */
export interface CookieJar {
  /** The refresh token that came along. @throws DomainError CSRF_HEADER_MISSING when the request was perhaps not meant */
  refreshToken(): string | undefined;
  /** Gives the client its session: without a refresh token in the body where the client is a browser, which gets the cookie. */
  give(session: Session): Session;
  /** Takes it away again. */
  clear(): void;
}

/** Nothing is kept in cookies: every client gets its refresh token in the body. */
export const NO_COOKIES: CookieJar = { refreshToken: () => undefined, give: (session) => session, clear: () => {} };

export function createCookieJar(request: IncomingMessage, response: ServerResponse): CookieJar {
  const { headers } = request;
  const isMeant = headers[CSRF_HEADER] !== undefined;
  // Browsers say which page asks; other clients do not, and have nowhere to keep a cookie.
  const isBrowser = isMeant || headers.origin !== undefined;

  return {
    refreshToken() {
      const { refreshToken } = readSessionCookies(request);
      if (refreshToken !== undefined && !isMeant) throw new DomainError('CSRF_HEADER_MISSING');
      return refreshToken;
    },
    give(session) {
      if (!isBrowser) return session;
      setCookies(response, [
        cookie(REFRESH_COOKIE, session.refreshToken, session.refreshTokenExpiresAt),
        cookie(ACCESS_COOKIE, session.accessToken, session.accessTokenExpiresAt),
      ]);
      return { ...session, refreshToken: '' };
    },
    clear() {
      if (!isBrowser) return;
      setCookies(response, [cookie(REFRESH_COOKIE, '', new Date(0)), cookie(ACCESS_COOKIE, '', new Date(0))]);
    },
  };
}

function setCookies(response: ServerResponse, cookies: string[]): void {
  response.setHeader('set-cookie', cookies);
}

function cookie(name: string, value: string, until: Date): string {
  const seconds = Math.max(0, Math.floor((until.getTime() - Date.now()) / 1000));
  return `${name}=${value}; ${ATTRIBUTES}; Max-Age=${seconds}`;
}
