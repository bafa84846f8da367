/**
 * A token without what may stand before it. Green API's own servers and clients disagree on whether `Bearer ` or `Basic `
 * belongs to the token in its settings, so up to three are taken off, of the setting and of the header alike.
 */
export function stripAuthScheme(value: string): string {
  return value
    .trim()
    .replace(/^((bearer|basic)\s+){1,3}/i, '')
    .trim();
}
