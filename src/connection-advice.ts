/** Why a connection failed, by the code of the error, and what to do about it. */
const REASONS: [codes: RegExp, why: string, advice: (variable: string) => string][] = [
  [
    /^CERT_HAS_EXPIRED$/,
    'its TLS certificate has expired',
    (variable) => `Renew the certificate of the server in ${variable}, and check the clock of this machine`,
  ],
  [
    /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    'its TLS certificate is of an unknown authority',
    (variable) =>
      `Check that ${variable} is right and that no proxy replaces the certificate; NODE_EXTRA_CA_CERTS names the file of an authority of your own`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'its TLS certificate is for another host',
    (variable) => `Check the host in ${variable}`,
  ],
  [
    /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/,
    'the name of its host is not found (DNS)',
    (variable) => `Check the host in ${variable}, and the name servers of this machine`,
  ],
];

/** The reason and the advice for the code of a failed connection; undefined for other failures. */
export function connectionAdvice(code: string, variable: string): { why: string; advice: string } | undefined {
  const found = REASONS.find(([codes]) => codes.test(code));
  return found && { why: `${found[1]} (${code})`, advice: found[2](variable) };
}
