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
import type { Keyring, Keys } from '../config/keys.js';
import type { Database, Statement } from '../db/database.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';
import { StartupError } from '../startup-error.js';
import { ACCESS_TOKEN_SECONDS, CLOCK_SKEW_SECONDS } from './access-token.js';

/** The keys that sign and verify access tokens, as they are now: they follow the database. */
export interface SigningKeys {
  /** The one that signs. */
  current(): { kid: string; privateKey: KeyObject };
  /** The JSON Web Key Set (RFC 7517) that anybody may read: the key that signs, those to come, and those whose tokens live. */
  jwks(): { keys: JWK[] };
  publicKeyFor: JWTVerifyGetKey;
  stop(): Promise<void>;
}

/** How often each instance reads the keys: that late may it learn of a new one. */
const FOLLOW_MS = 10_000;

/** How long backends may keep the JWKS they have read. */
export const JWKS_MAX_AGE_SECONDS = 30;

/** A new key is published so long before it signs: until then every instance and every backend has read it, and ten seconds to spare. */
export const PUBLISHED_AHEAD_SECONDS = JWKS_MAX_AGE_SECONDS + FOLLOW_MS / 1000 + 10;

/** A key that another has taken over from verifies so long: until its last token has expired. */
const VERIFIES_ON_SECONDS = ACCESS_TOKEN_SECONDS + CLOCK_SKEW_SECONDS;

/** Keys in the order they sign in; each is superseded when the next begins. */
export const KEYS_IN_ORDER = `
  SELECT *, lead(activates_at) OVER (ORDER BY activates_at, created_at, kid) AS superseded_at FROM signing_keys`;

/** SQL: until when a row of KEYS_IN_ORDER verifies; null while no other is to follow it. */
export const VERIFIES_UNTIL = `superseded_at + interval '${VERIFIES_ON_SECONDS} seconds'`;

const READ_KEYS: Statement = {
  name: 'read_signing_keys',
  text: `
    SELECT kid, public_jwk, private_key_encrypted, key_id, extract(epoch FROM activates_at - now())::float AS activates_in
    FROM (${KEYS_IN_ORDER}) k
    WHERE superseded_at IS NULL OR ${VERIFIES_UNTIL} > now()
    ORDER BY activates_at, created_at, kid`,
};

/** Keys whose last token expired a day ago. */
export const DELETE_OLD_KEYS: Statement = {
  name: 'forget_signing_keys',
  text: `
    DELETE FROM signing_keys WHERE kid IN (
      SELECT kid FROM (${KEYS_IN_ORDER}) k WHERE ${VERIFIES_UNTIL} < now() - interval '1 day'
    )`,
};

interface KeyRow {
  kid: string;
  public_jwk: JWK;
  private_key_encrypted: Buffer;
  key_id: string;
  /** Seconds, by the database's clock; negative once it signs. */
  activates_in: number;
}

interface LoadedKeys {
  jwks: { keys: JWK[] };
  publicKeyFor: JWTVerifyGetKey;
  /** Oldest first. */
  signers: { kid: string; privateKey: KeyObject; from: number }[];
}

/**
 * Reads the signing keys, makes the first one where there is none, and follows what becomes of them. Instances that start
 * together agree on one: the key is inserted only while the table is empty, under a lock that serialises them.
 */
export async function followSigningKeys(database: Database, keyring: Keyring, log: Log): Promise<SigningKeys> {
  let loaded = await load(database, keyring);
  if (!loaded) {
    await insertFirstKey(database, keyring.current);
    loaded = await load(database, keyring);
  }
  if (!loaded) throw new Error('No signing key after one was inserted');
  let keys = loaded;
  const following = runPeriodically(
    FOLLOW_MS,
    async () => {
      keys = (await load(database, keyring)) ?? keys;
    },
    (error) => log.error({ event: 'keys.unread', error }),
  );
  return {
    current() {
      const now = Date.now();
      const signer = keys.signers.findLast(({ from }) => from <= now) ?? keys.signers[0];
      if (!signer) throw new Error('No key signs');
      return signer;
    },
    jwks: () => keys.jwks,
    publicKeyFor: (header, token) => keys.publicKeyFor(header, token),
    stop: following.stop,
  };
}

async function load(database: Database, keyring: Keyring): Promise<LoadedKeys | undefined> {
  const rows = await database.query<KeyRow>(READ_KEYS, []);
  if (rows.length === 0) return undefined;
  const present = Math.max(
    0,
    rows.findLastIndex(({ activates_in }) => activates_in <= 0),
  );
  const jwks = { keys: rows.map(({ public_jwk }) => public_jwk) };
  return {
    jwks,
    publicKeyFor: createLocalJWKSet(jwks),
    // Those before it only verify: their private parts may be sealed by a secret that nobody knows any more.
    signers: rows.slice(present).map((row) => ({
      kid: row.kid,
      privateKey: openPrivateKey(row, keyring),
      from: Date.now() + row.activates_in * 1000,
    })),
  };
}

/** A key pair as a row of the table. */
export async function createSigningKey(keys: Keys) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = JSON.stringify(await exportJWK(privateKey));
  return {
    kid,
    algorithm: 'EdDSA',
    publicJwk: { ...publicJwk, kid, alg: 'EdDSA', use: 'sig' },
    privateKeyEncrypted: new Uint8Array(encrypt(Buffer.from(privateJwk), keys.encryption)),
    keyId: keys.id,
  };
}

/** Serialises the instances that start together on an empty database. */
const FIRST_KEY_LOCK = 5_074_103;

async function insertFirstKey(database: Database, keys: Keys): Promise<void> {
  const data = await createSigningKey(keys);
  await database.prisma.$transaction(async (transaction) => {
    await transaction.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${FIRST_KEY_LOCK})`;
    if ((await transaction.signingKey.count()) === 0) await transaction.signingKey.create({ data });
  });
}

function openPrivateKey({ private_key_encrypted: sealed, key_id: keyId }: KeyRow, keyring: Keyring): KeyObject {
  try {
    const jwk = JSON.parse(decrypt(sealed, keyring.of(keyId).encryption).toString()) as JsonWebKey;
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new StartupError(
      'GATEWAY_SECRET is not the one this database was set up with: its signing keys cannot be decrypted. Set the earlier secret again, or as GATEWAY_SECRET_PREVIOUS.',
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
