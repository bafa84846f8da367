import { type TlsFailure, tlsFailureOf } from './tls-failure.js';

interface Advice {
  /** Why the connection failed. */
  why: string;
  /** What to do about it. */
  advice(variable: string): string;
}

/** Another failure of the handshake says little about its cause. */
const OF_TLS: Record<Exclude<TlsFailure, 'other'>, Advice> = {
  expired: {
    why: 'its TLS certificate has expired',
    advice: (variable) => `Renew the certificate of the server in ${variable}, and check the clock of this machine`,
  },
  not_yet_valid: {
    why: 'its TLS certificate is not valid yet',
    advice: (variable) => `Check the clock of this machine, and that of the server in ${variable}`,
  },
  wrong_host: {
    why: 'its TLS certificate is for another host',
    advice: (variable) => `Check the host in ${variable}`,
  },
  unknown_authority: {
    why: 'its TLS certificate is of an unknown authority',
    advice: (variable) =>
      `Check that ${variable} is right and that no proxy replaces the certificate; NODE_EXTRA_CA_CERTS names the file of an authority of your own`,
  },
};

const HOST_NOT_FOUND: Advice = {
  why: 'the name of its host is not found (DNS)',
  advice: (variable) => `Check the host in ${variable}, and the name servers of this machine`,
};
const NOT_FOUND = /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/;

/** The reason and the advice for the code of a failed connection; undefined for other failures. */
export function connectionAdvice(code: string, variable: string): { why: string; advice: string } | undefined {
  const failure = tlsFailureOf(code);
  const found =
    failure !== undefined && failure !== 'other' ? OF_TLS[failure] : NOT_FOUND.test(code) ? HOST_NOT_FOUND : undefined;
  return found && { why: `${found.why} (${code})`, advice: found.advice(variable) };
}
