/**
 * Removes the path of PUBLIC_URL from the URL of a request.
 *
 * @returns undefined when the URL is not below that path
 */
export function withoutPublicPath(url: string, publicPath: string): string | undefined {
  if (publicPath === '' || !url.startsWith(publicPath)) return undefined;
  const rest = url.slice(publicPath.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : undefined;
}
