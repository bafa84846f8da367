/** Hosts that mean the machine of the browser itself (RFC 8252, 7.3), as URL parsers write them. */
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
/**
 * The characters that a URI can have (RFC 3986, 2). URL parsers disagree about all others: backslashes, tabs, spaces.
 */
const URI_CHARACTERS = /^[\w\-.~:/?#@!$&'()*+,;=%[\]]*$/;
/** A private-use scheme of an application, named after a domain of its vendor (RFC 8252, 7.1). */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//;
/** The longest URI that is accepted. No application needs a longer one. */
const MAX_LENGTH = 2_000;
/** The parameters that the gateway adds to the query. */
const ADDED_PARAMETERS = ['code', 'state'];

/** What is wrong with a redirect URI of an application and how to fix it; undefined when nothing is. */
export function redirectProblem(uri: string): string | undefined {
  if (uri.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (uri.includes('*')) return 'has a *: URIs are compared character by character, so list each one';
  if (!URI_CHARACTERS.test(uri))
    return 'has characters that a URI cannot contain: encode them as browsers do (%20, xn--…)';
  if (!URL.canParse(uri)) return 'is not an absolute URI: write it as https://app.example.com/signed-in';
  const url = new URL(uri);
  if (uri.includes('#')) return 'has a fragment: remove the # and everything after it';
  if (url.username !== '' || url.password !== '') return 'has a user or a password: remove them';
  if (url.protocol === 'http:' && !LOOPBACK_HOSTS.has(url.hostname))
    return 'is not https: http is allowed for localhost, 127.0.0.1 and [::1] only';
  if (url.protocol !== 'https:' && url.protocol !== 'http:' && !PRIVATE_USE.test(uri))
    return 'has a scheme that is neither https nor an application scheme with a dot: write it as com.example.app:/login';
  // The URI must be spelled as browsers spell it. Only the slash that they add after a host may be missing.
  if (url.href !== uri && url.href !== `${uri}/`) return `is written differently by browsers: write it as ${url.href}`;
  const taken = ADDED_PARAMETERS.find((name) => url.searchParams.has(name));
  return taken && `has "${taken}" in its query, which the gateway adds itself: remove it`;
}

/** Whether a redirect URI has no problem, and leads to the machine of the browser itself. */
export function isLoopbackRedirect(uri: string): boolean {
  return (
    /^https?:/.test(uri) &&
    URL.canParse(uri) &&
    LOOPBACK_HOSTS.has(new URL(uri).hostname) &&
    redirectProblem(uri) === undefined
  );
}
