import type { KeyObject } from 'node:crypto';
import { type JWK, type JWTVerifyGetKey, createLocalJWKSet } from 'jose';
import type { Keyring, Keys } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { runInTransaction } from '../db/run-statement.js';
import { type RowOf, statement } from '../db/statement.js';
import { bytea, float8, int4, int8, jsonbOf, text } from '../db/types.js';
import type { Log } from '../log.js';
import { runPeriodically } from '../run-periodically.js';
import { createSigningKey } from './create-signing-key.js';
import { FOLLOW_MS, KEYS_IN_ORDER, VERIFIES_UNTIL } from './key-schedule.js';
import { decryptPrivateKey } from './private-key.js';

/** The keys that sign and verify access tokens. They follow changes in the database. */
export interface SigningKeys {
  /** The key that signs now. */
  current(): { kid: string; privateKey: KeyObject };
  /**
   * The public JSON Web Key Set (RFC 7517): the key that signs, published later keys, and earlier keys with unexpired
   * tokens.
   */
  jwks(): { keys: JWK[] };
  publicKeyFor: JWTVerifyGetKey;
  stop(): Promise<void>;
}

/** `activates_in`: seconds by the database's clock, negative once the key signs. */
const READ_KEYS = statement({
  name: 'sessions/read_signing_keys',
  sql: `
    SELECT kid, public_jwk, private_key_encrypted, key_id, extract(epoch FROM activates_at - now())::float AS activates_in
    FROM (${KEYS_IN_ORDER}) AS keys_in_order
    WHERE superseded_at IS NULL OR ${VERIFIES_UNTIL} > now()
    ORDER BY activates_at, created_at, kid`,
  parameters: {},
  columns: {
    kid: text,
    public_jwk: jsonbOf<JWK>(),
    private_key_encrypted: bytea,
    key_id: text,
    activates_in: float8,
  },
});

/** Deletes the keys whose last token expired more than a day ago. */
export const DELETE_OLD_KEYS = statement({
  name: 'sessions/delete_old_signing_keys',
  sql: `
    DELETE FROM signing_keys WHERE kid IN (
      SELECT kid FROM (${KEYS_IN_ORDER}) AS keys_in_order WHERE ${VERIFIES_UNTIL} < now() - interval '1 day'
    )`,
  parameters: {},
  columns: {},
});

/** Waits for the lock, which the end of the transaction releases. */
const LOCK_FIRST_KEY = statement({
  name: 'sessions/lock_first_signing_key',
  sql: 'SELECT 1 AS locked FROM pg_advisory_xact_lock(:lock)',
  parameters: { lock: int8 },
  columns: { locked: int4 },
});

/** Makes instances that start together on an empty database create the first key one after another. */
const FIRST_KEY_LOCK = 5_074_103;

interface LoadedKeys {
  jwks: { keys: JWK[] };
  publicKeyFor: JWTVerifyGetKey;
  /** Oldest first. `from` is the time at which it begins to sign, in milliseconds since the epoch. */
  signers: { kid: string; privateKey: KeyObject; from: number }[];
}

interface KeyDeps {
  database: Database;
  keyring: Keyring;
}

/**
 * Reads the signing keys, creates the first one when there is none, and keeps reading them. Instances that start
 * together agree on one key, because it is inserted only while the table is empty, under a lock.
 *
 * @throws StartupError when GATEWAY_SECRET cannot decrypt the keys.
 */
export async function followSigningKeys(deps: KeyDeps & { log: Log }): Promise<SigningKeys> {
  const { keyring, log } = deps;
  let loaded = await load(deps);
  if (!loaded) {
    await insertFirstKey(keyring.current, deps);
    loaded = await load(deps);
  }
  if (!loaded) throw new Error('No signing key after one was inserted');
  let keys = loaded;
  const following = runPeriodically(
    FOLLOW_MS,
    async () => {
      keys = (await load(deps)) ?? keys;
    },
    (error) => log.error({ event: 'keys.read_failed', error }),
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

async function load({ database, keyring }: KeyDeps): Promise<LoadedKeys | undefined> {
  const rows = await database.query(READ_KEYS, {});
  if (rows.length === 0) return undefined;
  const current = Math.max(
    0,
    rows.findLastIndex(({ activates_in }) => activates_in <= 0),
  );
  const jwks = { keys: rows.map(({ public_jwk }) => public_jwk) };
  return {
    jwks,
    publicKeyFor: createLocalJWKSet(jwks),
    // Earlier keys only verify. The secret that encrypted their private parts may no longer be configured.
    signers: rows.slice(current).map((row) => signerOf(row, keyring)),
  };
}

function signerOf(row: RowOf<typeof READ_KEYS>, keyring: Keyring): LoadedKeys['signers'][number] {
  return {
    kid: row.kid,
    privateKey: decryptPrivateKey(row.private_key_encrypted, () => keyring.of(row.key_id).encryption),
    from: Date.now() + row.activates_in * 1000,
  };
}

async function insertFirstKey(keys: Keys, { database }: { database: Database }): Promise<void> {
  const data = await createSigningKey(keys);
  await database.prisma.$transaction(async (transaction) => {
    await runInTransaction(transaction, LOCK_FIRST_KEY, { lock: FIRST_KEY_LOCK });
    if ((await transaction.signingKey.count()) === 0) await transaction.signingKey.create({ data });
  });
}
