/** Headers of every answer, by name in lower case. */
export type StandardHeaders = Readonly<Record<string, string>>;

/** A year. Subdomains are not included: they are not ours. */
const STRICT_TRANSPORT_SECURITY = 'max-age=31536000';

/**
 * The headers of every answer of the gateway, also of errors and of refused upgrades.
 *
 * Cross-Origin-Resource-Policy keeps pages of other origins from embedding an answer (`no-cors`). It does not concern
 * requests with CORS, so pages of allowed origins still call the API. Only the public keys may be embedded anywhere.
 */
export function standardHeaders({ publicUrl }: { publicUrl: string }): StandardHeaders {
  return {
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': STRICT_TRANSPORT_SECURITY } : {}),
  };
}
