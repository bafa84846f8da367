import { encodeBytes } from './base64url.js';
import { PhonegateError } from './error.js';
import { type RandomSource, randomText } from './random-text.js';

/** A sign-in at the gateway's login page. Keep `state` and `codeVerifier` until the user comes back. */
export interface Redirect {
  /** The login page, which leads back to `redirectUri` with `code` and `state` in its query. */
  url: string;
  /** The application is opened with the same value. Refuse another one. */
  state: string;
  codeVerifier: string;
}

/** The part of Web Crypto that a redirect needs. */
export interface RedirectCrypto extends RandomSource {
  subtle: { digest(algorithm: 'SHA-256', data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> };
}

/** An authorization code flow (RFC 6749, 4.1) with PKCE (RFC 7636). @internal */
export async function createRedirect(
  { gateway, clientId, redirectUri }: { gateway: string; clientId: string | undefined; redirectUri: string },
  crypto: RedirectCrypto | undefined,
): Promise<Redirect> {
  if (!clientId) throw new PhonegateError('CLIENT_ID_REQUIRED', 'Pass `clientId` to createPhonegate.');
  if (!crypto?.subtle) throw new PhonegateError('CRYPTO_REQUIRED', 'Pass `crypto` to createPhonegate.');
  const [state, codeVerifier] = [randomText(crypto), randomText(crypto)];
  const digest = await crypto.subtle.digest(
    'SHA-256',
    Uint8Array.from(codeVerifier, (character) => character.charCodeAt(0)),
  );
  const challenge = encodeBytes(new Uint8Array(digest));
  const [id, uri] = [clientId, redirectUri].map(encodeURIComponent);
  return {
    url: `${gateway}/login?client_id=${id}&redirect_uri=${uri}&state=${state}&code_challenge=${challenge}&code_challenge_method=S256`,
    state,
    codeVerifier,
  };
}

/** Kept in this tab while the user is at the gateway's login page. */
interface StartedRedirect {
  state: string;
  codeVerifier: string;
  redirectUri: string;
}

const KEY = 'phonegate:redirect';

/** @internal */
export function storeRedirect(started: StartedRedirect): void {
  sessionStorage.setItem(KEY, JSON.stringify(started));
}

/** The address of this page. @throws PhonegateError PAGE_REQUIRED @internal */
export function currentPage(): Location {
  if (typeof location === 'undefined' || typeof sessionStorage === 'undefined')
    throw new PhonegateError('PAGE_REQUIRED', 'Outside of a page use createRedirect.');
  return location;
}

/**
 * Reads the one-time code from the URL of `page`, and removes it there, so that neither a reload nor a screenshot shows it.
 * `undefined` when the login page did not open this page.
 *
 * @throws PhonegateError INVALID_AUTHORIZATION_CODE when the sign-in was not started in this tab
 * @internal
 */
export function finishRedirect(
  page: Location,
): { code: string; redirectUri: string; codeVerifier: string } | undefined {
  const clean = new URL(page.href);
  const { searchParams } = clean;
  const code = searchParams.get('code');
  const state = searchParams.get('state');
  if (code === null || state === null) return undefined;
  const started = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as StartedRedirect | null;
  sessionStorage.removeItem(KEY);
  searchParams.delete('code');
  searchParams.delete('state');
  history.replaceState(history.state, '', clean);
  if (started?.state !== state)
    throw new PhonegateError('INVALID_AUTHORIZATION_CODE', 'This sign-in was not begun in this tab.');
  const { redirectUri, codeVerifier } = started;
  return { code, redirectUri, codeVerifier };
}
