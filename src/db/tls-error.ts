/** Codes of Node.js and OpenSSL for certificates and the TLS handshake. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO$)/;
/** What node-postgres says when the server does not answer the question for TLS with yes. */
const NO_TLS = /server does not support SSL|establishing an SSL connection/;

/** What to do about a connection that failed because of TLS; undefined when it failed for another reason. */
export function tlsAdvice(error: unknown): string | undefined {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (NO_TLS.test(message)) return 'TLS: the server does not use it; turn it on there, or remove sslmode from the URL';
  if (syscall === 'open') return 'TLS: a file that sslrootcert, sslcert or sslkey in the URL names cannot be read';
  if (!TLS_CODE.test(code)) return undefined;
  if (code === 'CERT_HAS_EXPIRED')
    return 'TLS: the certificate of the server has expired; renew it there, and check the clock of this machine';
  if (code === 'CERT_NOT_YET_VALID')
    return 'TLS: the certificate of the server is not valid yet; check the clocks of both machines';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'TLS: the certificate of the server is for other names; write one of these names as the host in the URL';
  if (/^(UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code))
    return 'TLS: this machine does not know the CA of the server; add sslrootcert=<file with the certificate of the CA> to the URL, or set NODE_EXTRA_CA_CERTS to this file';
  return 'TLS: the handshake with the server failed; check its certificate, and sslmode in the URL';
}

/** Whether a connection failed because of TLS. */
export const isTlsError = (error: unknown): boolean => tlsAdvice(error) !== undefined;
