import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseCookie, stringifySetCookie } from 'cookie';
import { DomainError } from '../domain-error.js';
import { MAX_SHOWN_TOKENS, readTokens } from '../sessions/device-tokens.js';
import { KNOWN_DEVICE_DAYS } from '../sessions/known-devices.js';
import type { Session } from '../sessions/session.js';

/**
 * With SESSION_COOKIE on, browsers keep the refresh token in a cookie that no script can read, and the access token in
 * a second one, for forward-auth. The prefix `__Host-` binds both to this host and to https (RFC 6265bis, 4.1.3.2). It
 * requires the path `/`, which forward-auth needs too. So the names contain the path of PUBLIC_URL, and two gateways on
 * one host keep their cookies apart. See docs/decisions/0065.
 */
export interface CookieNames {
  refresh: string;
  access: string;
  /** The device tokens of the last users have a cookie of their own, which outlives the session. */
  device: string;
}

/** @param publicPath the path of PUBLIC_URL; its slashes become `+`, which it does not contain */
export function cookieNames(publicPath: string): CookieNames {
  const prefix = `__Host-phonegate${publicPath.replaceAll('/', '+')}`;
  return { refresh: `${prefix}-refresh`, access: `${prefix}-access`, device: `${prefix}-device` };
}

const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const;

/**
 * A page of another origin cannot send this header without a preflight, so the header proves that our page sent the
 * request (R23).
 */
const CSRF_HEADER = 'x-phonegate';

/** Tokens need no encoding: they contain only characters that a cookie may have. */
const asIs = (value: string) => value;

export interface SessionCookies {
  refreshToken: string | undefined;
  accessToken: string | undefined;
}

export function readSessionCookies({ headers }: Pick<IncomingMessage, 'headers'>, names: CookieNames): SessionCookies {
  const cookies = parseCookie(headers.cookie ?? '', { decode: asIs });
  return { refreshToken: cookies[names.refresh] || undefined, accessToken: cookies[names.access] || undefined };
}

/** The cookies of one request and of its answer. See docs/decisions/0017. */
export interface CookieJar {
  /** The refresh token in the cookie. @throws DomainError CSRF_HEADER_MISSING when there is one without the CSRF header */
  refreshToken(): string | undefined;
  /** The device tokens in the cookie, one after the other. It needs no CSRF header, because it opens nothing. */
  deviceToken(): string | undefined;
  /**
   * Sets the cookies of a session.
   * @returns the session for the body, without the tokens that are in cookies
   */
  give(session: Session): Session;
  /** Removes the cookies. */
  clear(): void;
}

/** No cookies: every client gets its tokens in the body. */
export const NO_COOKIES: CookieJar = {
  refreshToken: () => undefined,
  deviceToken: () => undefined,
  give: (session) => session,
  clear: () => {},
};

/**
 * With SESSION_COOKIE off, the only cookie is that of the device, and only for pages of the gateway's own origin: a
 * browser refuses the cookies of another site, so a page there gets the token in the body. Browsers send Sec-Fetch-Site
 * only over https and to localhost, where they accept secure cookies.
 */
export function createDeviceCookieJar(
  request: IncomingMessage,
  response: ServerResponse,
  names: CookieNames,
): CookieJar {
  const ownPage = request.headers['sec-fetch-site'] === 'same-origin';
  return {
    ...NO_COOKIES,
    deviceToken: () => readDeviceCookie(request, names),
    give(session) {
      if (!ownPage || session.deviceToken === null) return session;
      response.setHeader('set-cookie', [deviceCookie(session.deviceToken, request, names)]);
      return { ...session, deviceToken: null };
    },
  };
}

export function createCookieJar(request: IncomingMessage, response: ServerResponse, names: CookieNames): CookieJar {
  const { headers } = request;
  const hasCsrfHeader = headers[CSRF_HEADER] !== undefined;
  // Browsers send an Origin header with every POST. Other clients do not, and keep no cookies.
  const isBrowser = hasCsrfHeader || headers.origin !== undefined;

  return {
    refreshToken() {
      const { refreshToken } = readSessionCookies(request, names);
      if (refreshToken !== undefined && !hasCsrfHeader) throw new DomainError('CSRF_HEADER_MISSING');
      return refreshToken;
    },
    deviceToken: () => readDeviceCookie(request, names),
    give(session) {
      if (!isBrowser) return session;
      const { deviceToken } = session;
      response.setHeader('set-cookie', [
        setCookie(names.refresh, session.refreshToken, session.refreshTokenExpiresAt),
        setCookie(names.access, session.accessToken, session.accessTokenExpiresAt),
        ...(deviceToken === null ? [] : [deviceCookie(deviceToken, request, names)]),
      ]);
      return { ...session, refreshToken: '', deviceToken: null };
    },
    clear() {
      if (!isBrowser) return;
      const past = new Date(0);
      response.setHeader('set-cookie', [setCookie(names.refresh, '', past), setCookie(names.access, '', past)]);
    },
  };
}

function readDeviceCookie({ headers }: Pick<IncomingMessage, 'headers'>, { device }: CookieNames): string | undefined {
  return parseCookie(headers.cookie ?? '', { decode: asIs })[device] || undefined;
}

/** The cookie with the token of the user who has signed in, before those of the users of this browser before. */
function deviceCookie(token: string, request: IncomingMessage, names: CookieNames): string {
  const tokens = [...new Set([token, ...readTokens(readDeviceCookie(request, names))])].slice(0, MAX_SHOWN_TOKENS);
  return setCookie(names.device, tokens.join(''), new Date(Date.now() + KNOWN_DEVICE_DAYS * 86_400_000));
}

function setCookie(name: string, value: string, expiresAt: Date): string {
  const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
  return stringifySetCookie({ name, value, maxAge, ...ATTRIBUTES }, { encode: asIs });
}
