import type { Config } from './config.js';

/** Where a loopback address leads to the machine it is used on (RFC 8252, 7.3), as URL parsers spell it. */
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
/** What a URI is written with (RFC 3986, 2). Parsers disagree on what to do with anything else: backslashes, tabs, spaces. */
const URI_SIGNS = /^[\w\-.~:/?#@!$&'()*+,;=%[\]]*$/;
/** A scheme of an application's own, named after a domain of its makers (RFC 8252, 7.1). */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//;
/** Longer ones are no address of an application. */
const MAX_LENGTH = 2_000;
/** What we add to the query. */
const OURS = ['code', 'state'];

/**
 * Whether a person may be sent to a URI with a code: it is on the list, letter for letter (RFC 9700, 2.1), or in development
 * anywhere on this machine.
 */
export function isAllowedRedirect(
  uri: string,
  { redirectUris, production }: Pick<Config, 'redirectUris' | 'production'>,
): boolean {
  return redirectUris.includes(uri) || (!production && isLoopback(uri) && redirectProblem(uri) === undefined);
}

/** What is wrong with a URI that is to be on the list, and how to mend it. */
export function redirectProblem(uri: string): string | undefined {
  if (uri.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (uri.includes('*')) return 'has a *: URIs are compared letter for letter, so list each one';
  if (!URI_SIGNS.test(uri)) return 'has characters that no URI has: write them encoded, as browsers do (%20, xn--…)';
  if (!URL.canParse(uri)) return 'is no absolute URI: write it as https://app.example.com/signed-in';
  const url = new URL(uri);
  if (uri.includes('#')) return 'has a fragment: leave out the # and what follows';
  if (url.username !== '' || url.password !== '') return 'has a user or a password: leave them out';
  if (url.protocol === 'http:' && !LOOPBACK_HOSTS.has(url.hostname))
    return 'is not https: http is for localhost, 127.0.0.1 and [::1] only';
  if (url.protocol !== 'https:' && url.protocol !== 'http:' && !PRIVATE_USE.test(uri))
    return 'has a scheme that is neither https nor one of an application with a dot in it: write it as com.example.app:/login';
  // As browsers write it themselves; only the slash that they add to a host alone may be missing.
  if (url.href !== uri && url.href !== `${uri}/`) return `is written otherwise by browsers: write it as ${url.href}`;
  const taken = OURS.find((name) => url.searchParams.has(name));
  return taken && `has "${taken}" in its query, which is for the gateway to add: leave it out`;
}

function isLoopback(uri: string): boolean {
  return /^https?:/.test(uri) && URL.canParse(uri) && LOOPBACK_HOSTS.has(new URL(uri).hostname);
}
