import {
  type JsonWebKey,
  type KeyObject,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  randomBytes,
} from 'node:crypto';
import type { JWK } from 'jose';
import { StartupError } from '../startup-error.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Layout: nonce (12 bytes), tag (16 bytes), then the JWK, encrypted by AES-256-GCM. */
export function encryptPrivateKey(jwk: JWK, key: Buffer): Buffer<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(jwk)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

/** @throws StartupError when the private part was encrypted with another key. */
export function decryptPrivateKey(encrypted: Buffer, key: () => Buffer): KeyObject {
  try {
    const jwk = JSON.parse(decrypt(encrypted, key()).toString()) as JsonWebKey;
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new StartupError(
      'GATEWAY_SECRET cannot decrypt the signing keys of this database, because they were encrypted with another secret. Set the earlier secret again, or set it as GATEWAY_SECRET_PREVIOUS.',
      { cause },
    );
  }
}

function decrypt(encrypted: Buffer, key: Buffer): Buffer {
  const tagEnd = NONCE_BYTES + TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, encrypted.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(encrypted.subarray(NONCE_BYTES, tagEnd));
  return Buffer.concat([decipher.update(encrypted.subarray(tagEnd)), decipher.final()]);
}
