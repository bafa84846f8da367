/**
 * Environment variables that had another name before 1.0, old name first, and what else changes. The gateway must not
 * silently ignore an old name.
 */
const RENAMED = [
  ['PLACE_HEADER', 'CLIENT_LOCATION_HEADER'],
  ['HISTORY_DAYS', 'HISTORY_RETENTION_DAYS'],
  ['AUDIT_DAYS', 'AUDIT_RETENTION_DAYS'],
  [
    'REDIRECT_URIS',
    'APPLICATIONS',
    ', and write the id of each application in front of its URIs: shop=https://shop.example.com/signed-in',
  ],
] as const;

/** One problem for each variable that is set by its old name. */
export function renamedProblems(env: Record<string, string | undefined>): string[] {
  return RENAMED.filter(([old]) => env[old]).map(
    ([old, current, more = '']) => `${old} is now called ${current}: rename it in the environment${more}`,
  );
}
