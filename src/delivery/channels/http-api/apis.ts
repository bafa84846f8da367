import type { ProviderApi } from '../provider.js';
import type { HttpChannelSettings } from './definition.js';

/** The servers that a channel calls. A URL can contain a secret after its host, so only the origin is returned. */
export function httpApis({ name, definition }: HttpChannelSettings): ProviderApi[] {
  const { token, send, receipts, account } = definition;
  const requests = [token?.request, send.request, receipts.poll?.request, account?.request];
  const origins = new Set(requests.flatMap((request) => (request ? [new URL(request.url).origin] : [])));
  const about = `http:${name}`;
  return [...origins].map((url) => ({ about, name: about, url, variable: `url in ${name}.json` }));
}
