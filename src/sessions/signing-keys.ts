import {
  type JsonWebKey,
  type KeyObject,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  randomBytes,
} from 'node:crypto';
import {
  type JWK,
  type JWTVerifyGetKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
} from 'jose';
import type { Keys } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { StartupError } from '../startup-error.js';

/** The keys that sign and verify access tokens. */
export interface SigningKeys {
  current: { kid: string; privateKey: KeyObject };
  /** The JSON Web Key Set (RFC 7517) that anybody may read. */
  jwks: { keys: JWK[] };
  publicKeyFor: JWTVerifyGetKey;
}

/**
 * Reads the signing keys, and makes the first one where there is none. Instances that start together agree on one:
 * the key is inserted only while the table is empty, under a lock that serialises them.
 */
export async function loadSigningKeys(database: Database, keys: Keys): Promise<SigningKeys> {
  let rows = await readKeys(database);
  if (rows.length === 0) {
    await insertFirstKey(database, keys);
    rows = await readKeys(database);
  }
  const [newest] = rows;
  if (!newest) throw new Error('No signing key after one was inserted');
  const jwks = { keys: rows.map((row) => row.publicJwk as JWK) };
  return {
    current: { kid: newest.kid, privateKey: decryptPrivateKey(Buffer.from(newest.privateKeyEncrypted), keys) },
    jwks,
    publicKeyFor: createLocalJWKSet(jwks),
  };
}

function readKeys({ prisma }: Database) {
  return prisma.signingKey.findMany({ orderBy: { createdAt: 'desc' }, omit: { privateKeyEncrypted: false } });
}

/** Serialises the instances that start together on an empty database. */
const FIRST_KEY_LOCK = 5_074_103;

async function insertFirstKey(database: Database, keys: Keys): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = JSON.stringify(await exportJWK(privateKey));
  await database.prisma.$transaction(async (transaction) => {
    await transaction.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${FIRST_KEY_LOCK})`;
    if ((await transaction.signingKey.count()) > 0) return;
    await transaction.signingKey.create({
      data: {
        kid,
        algorithm: 'EdDSA',
        publicJwk: { ...publicJwk, kid, alg: 'EdDSA', use: 'sig' },
        privateKeyEncrypted: new Uint8Array(encrypt(Buffer.from(privateJwk), keys.encryption)),
        keyId: keys.id,
      },
    });
  });
}

function decryptPrivateKey(sealed: Buffer, keys: Keys): KeyObject {
  try {
    const jwk = JSON.parse(decrypt(sealed, keys.encryption).toString()) as JsonWebKey;
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new StartupError(
      'GATEWAY_SECRET is not the one this database was set up with: its signing keys cannot be decrypted. Set the earlier secret again.',
      { cause },
    );
  }
}

/** AES-256-GCM; nonce (12 bytes), tag (16 bytes), then the ciphertext. */
function encrypt(plain: Buffer, key: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

function decrypt(sealed: Buffer, key: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
}
