/**
 * A token without the authentication schemes before it. Green API's servers and clients disagree on whether `Bearer ` or
 * `Basic ` belongs to the token in the settings, so up to three are removed, from the setting and from the header.
 */
export function stripAuthScheme(value: string): string {
  return value
    .trim()
    .replace(/^((bearer|basic)\s+){1,3}/i, '')
    .trim();
}
