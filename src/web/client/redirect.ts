import { PhonegateError } from './error.js';

/** What is remembered while the person is at the gateway's login page. */
interface Begun {
  state: string;
  codeVerifier: string;
  redirectUri: string;
}

const KEY = 'phonegate:redirect';

/**
 * The address of the gateway's login page that leads back to `redirectUri` with a one-time code (RFC 6749, 4.1, with the
 * PKCE of RFC 7636). What is needed to exchange it stays in this tab.
 */
export async function beginRedirect(gateway: string, redirectUri: string): Promise<string> {
  const begun: Begun = { state: random(), codeVerifier: random(), redirectUri };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.codeVerifier));
  const query = new URLSearchParams({
    redirect_uri: redirectUri,
    state: begun.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  });
  return `${gateway}/login?${query}`;
}

/**
 * What the address of this page was given to exchange; nothing when it was not opened by the login page. Takes it out of the
 * address, so that a reload, or whoever looks over a shoulder, finds no code.
 *
 * @throws PhonegateError INVALID_AUTHORIZATION_CODE when the answer is to a question that was not asked here
 */
export function endRedirect(): { code: string; redirectUri: string; codeVerifier: string } | undefined {
  const { searchParams, href } = new URL(location.href);
  const code = searchParams.get('code');
  const state = searchParams.get('state');
  if (code === null || state === null) return undefined;
  const begun = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Begun | null;
  sessionStorage.removeItem(KEY);
  const clean = new URL(href);
  clean.searchParams.delete('code');
  clean.searchParams.delete('state');
  history.replaceState(history.state, '', clean);
  if (begun?.state !== state)
    throw new PhonegateError('INVALID_AUTHORIZATION_CODE', 'This sign-in was not begun in this tab. Begin again.');
  return { code, redirectUri: begun.redirectUri, codeVerifier: begun.codeVerifier };
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
