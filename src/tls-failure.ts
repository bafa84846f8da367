/** Why TLS with a server failed. `other`: something else of the handshake. */
export type TlsFailure = 'expired' | 'not_yet_valid' | 'wrong_host' | 'unknown_authority' | 'other';

const FAILURES: [codes: RegExp, failure: TlsFailure][] = [
  [/^CERT_HAS_EXPIRED$/, 'expired'],
  [/^CERT_NOT_YET_VALID$/, 'not_yet_valid'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, 'wrong_host'],
  [/^(UNABLE_TO_(VERIFY|GET)_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/, 'unknown_authority'],
  [/^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|PATH_LENGTH_|EPROTO$)/, 'other'],
];

/** Sorts the codes of Node.js and OpenSSL for certificates and the TLS handshake. Undefined for any other error. */
export const tlsFailureOf = (code: string): TlsFailure | undefined => FAILURES.find(([codes]) => codes.test(code))?.[1];
