import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { Keys } from '../config/keys.js';
import { encryptPrivateKey } from './private-key.js';

/** Generates a key pair and returns it as a row of signing_keys. Its `kid` is the JWK thumbprint (RFC 7638). */
export async function createSigningKey(keys: Keys) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  return {
    kid,
    algorithm: 'EdDSA',
    publicJwk: { ...publicJwk, kid, alg: 'EdDSA', use: 'sig' },
    privateKeyEncrypted: encryptPrivateKey(await exportJWK(privateKey), keys.encryption),
    keyId: keys.id,
  };
}
