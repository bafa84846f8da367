import { PhonegateError } from './error.js';

/** Kept in this tab while the user is at the gateway's login page. */
interface StartedRedirect {
  state: string;
  codeVerifier: string;
  redirectUri: string;
}

const KEY = 'phonegate:redirect';

/**
 * Starts an authorization code flow (RFC 6749, 4.1) with PKCE (RFC 7636), and keeps the state and the code verifier in this
 * tab.
 *
 * @returns the URL of the gateway's login page, which leads back to `redirectUri` with a one-time code
 */
export async function startRedirect(gateway: string, redirectUri: string): Promise<string> {
  const started: StartedRedirect = { state: random(), codeVerifier: random(), redirectUri };
  sessionStorage.setItem(KEY, JSON.stringify(started));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(started.codeVerifier));
  const query = new URLSearchParams({
    redirect_uri: redirectUri,
    state: started.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  });
  return `${gateway}/login?${query}`;
}

/**
 * Reads the one-time code from this page's URL, and removes it there, so that neither a reload nor a screenshot shows it.
 * `undefined` when the login page did not open this page.
 *
 * @throws PhonegateError INVALID_AUTHORIZATION_CODE when the sign-in was not started in this tab
 */
export function finishRedirect(): { code: string; redirectUri: string; codeVerifier: string } | undefined {
  const { searchParams, href } = new URL(location.href);
  const code = searchParams.get('code');
  const state = searchParams.get('state');
  if (code === null || state === null) return undefined;
  const started = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as StartedRedirect | null;
  sessionStorage.removeItem(KEY);
  const clean = new URL(href);
  clean.searchParams.delete('code');
  clean.searchParams.delete('state');
  history.replaceState(history.state, '', clean);
  if (started?.state !== state)
    throw new PhonegateError('INVALID_AUTHORIZATION_CODE', 'This sign-in was not begun in this tab. Begin again.');
  return { code, redirectUri: started.redirectUri, codeVerifier: started.codeVerifier };
}

/** 256 bits. */
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
