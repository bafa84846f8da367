/**
 * The gateway's URL without a trailing slash, query and fragment. It is part of the keys in storage, so it must be spelled one
 * way.
 */
export function gatewayUrl(url: string | undefined): string {
  const page = typeof location === 'undefined' ? undefined : location.href;
  const [origin, path] = parse(url ?? (page ? '/' : ''), page);
  return `${origin}${path}`.replace(/\/+$/, '');
}

function parse(url: string, page: string | undefined): [origin: string, path: string] {
  try {
    const { origin, pathname } = new URL(url, page);
    return [origin, pathname];
  } catch {
    // There is no URL, or half of one, as in React Native, whose `origin` throws.
    const [, scheme = '', host = '', path = ''] =
      /^\s*(https?):\/\/(?:[^/?#]*@)?([^/?#\s]+)([^?#\s]*)/i.exec(url) ?? [];
    if (host === '') throw new TypeError(`createPhonegate needs a url, not ${url}`);
    const origin = `${scheme}://${host}`.toLowerCase();
    return [origin.replace(/^(http:.*):80$|^(https:.*):443$/, '$1$2'), path];
  }
}
