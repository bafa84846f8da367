/**
 * Removes the authentication schemes before a token. Green API's servers and clients disagree on whether `Bearer ` or
 * `Basic ` is part of the token in the settings, so up to three are removed, from the setting and from the header.
 */
export function stripAuthScheme(value: string): string {
  return value
    .trim()
    .replace(/^((bearer|basic)\s+){1,3}/i, '')
    .trim();
}
