import { type TlsFailure, tlsFailureOf } from '../tls-failure.js';

/** What node-postgres says when the server does not answer the question for TLS with yes. */
const NO_TLS = /server does not support SSL|establishing an SSL connection/;

const ADVICE: Record<TlsFailure, string> = {
  expired: 'TLS: the certificate of the server has expired; renew it there, and check the clock of this machine',
  not_yet_valid: 'TLS: the certificate of the server is not valid yet; check the clocks of both machines',
  wrong_host: 'TLS: the certificate of the server is for other names; write one of these names as the host in the URL',
  unknown_authority:
    'TLS: this machine does not know the CA of the server; add sslrootcert=<file with the certificate of the CA> to the URL, or set NODE_EXTRA_CA_CERTS to this file',
  other: 'TLS: the handshake with the server failed; check its certificate, and sslmode in the URL',
};

/** What to do about a connection that failed because of TLS; undefined when it failed for another reason. */
export function tlsAdvice(error: unknown): string | undefined {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  if (NO_TLS.test(message)) return 'TLS: the server does not use it; turn it on there, or remove sslmode from the URL';
  if (syscall === 'open') return 'TLS: a file that sslrootcert, sslcert or sslkey in the URL names cannot be read';
  const failure = tlsFailureOf(code);
  return failure && ADVICE[failure];
}

/** Whether a connection failed because of TLS. */
export const isTlsError = (error: unknown): boolean => tlsAdvice(error) !== undefined;
