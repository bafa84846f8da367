import { expect, test } from 'vitest';
import { tlsFailureOf } from './tls-failure.js';

test.each([
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'not_yet_valid'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong_host'],
  ['HOSTNAME_MISMATCH', 'wrong_host'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown_authority'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown_authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown_authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown_authority'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'other'],
  ['CERT_REVOKED', 'other'],
  ['EPROTO', 'other'],
  ['ECONNREFUSED', undefined],
  ['', undefined],
])('the code "%s" means: %s', (code, failure) => {
  expect(tlsFailureOf(code)).toBe(failure);
});
