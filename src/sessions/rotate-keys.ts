import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Keyring } from '../config/keys.js';
import type { Database, Statement } from '../db/database.js';
import { KEYS_IN_ORDER, PUBLISHED_AHEAD_SECONDS, VERIFIES_UNTIL, createSigningKey } from './signing-keys.js';

/** A signing key as an operator sees it. */
export interface ListedKey {
  kid: string;
  state: 'published' | 'signs' | 'verifies' | 'expired';
  createdAt: Date;
  signsFrom: Date;
  /** Absent while no other key is to take over. */
  verifiesUntil: Date | null;
  /** Whether the present GATEWAY_SECRET seals its private part. */
  sealedByPresentSecret: boolean;
}

const LIST_KEYS: Statement = {
  name: 'list_signing_keys',
  text: `
    SELECT kid, created_at, activates_at, key_id, ${VERIFIES_UNTIL} AS verifies_until,
           CASE WHEN activates_at > now() THEN 'published' WHEN superseded_at IS NULL OR superseded_at > now() THEN 'signs'
                WHEN ${VERIFIES_UNTIL} > now() THEN 'verifies' ELSE 'expired' END AS state
    FROM (${KEYS_IN_ORDER}) k ORDER BY activates_at DESC, created_at DESC, kid DESC`,
};

export async function listSigningKeys(database: Database, keyring: Keyring): Promise<ListedKey[]> {
  const rows = await database.query<{
    kid: string;
    created_at: Date;
    activates_at: Date;
    key_id: string;
    verifies_until: Date | null;
    state: ListedKey['state'];
  }>(LIST_KEYS, []);
  return rows.map((row) => ({
    kid: row.kid,
    state: row.state,
    createdAt: row.created_at,
    signsFrom: row.activates_at,
    verifiesUntil: row.verifies_until,
    sealedByPresentSecret: row.key_id === keyring.current.id,
  }));
}

/** Adds a key; with $6 all others are removed, and it signs at once. */
const ROTATE: Statement = {
  name: 'rotate_signing_key',
  text: `
    WITH gone AS (DELETE FROM signing_keys WHERE $6::boolean RETURNING kid),
    added AS (
      INSERT INTO signing_keys (kid, algorithm, public_jwk, private_key_encrypted, key_id, activates_at)
      VALUES ($1, $2, $3, $4, $5, now() + $9::int * interval '1 second')
      RETURNING kid, activates_at
    ),
    audited AS (${auditedBy('added', {
      id: '$7::uuid',
      event: 'keys.rotated',
      actor: '$8',
      details: `jsonb_build_object('kid', kid, 'signsFrom', activates_at, 'compromised', $6::boolean, 'removed', (SELECT count(*) FROM gone))`,
    })})
    SELECT kid, activates_at FROM added`,
};

/**
 * Makes a new signing key. It is published at once, and signs when every instance and backend has had the time to read it;
 * the one before verifies until its last token has expired. `compromised`: it signs at once and no other verifies any more,
 * so that everybody's next request is refused until they refresh.
 */
export async function rotateSigningKey(
  {
    compromised,
    afterSeconds = PUBLISHED_AHEAD_SECONDS,
    actor,
  }: {
    compromised: boolean;
    /** How long it is published before it signs; more where backends keep keys longer than they are told. */
    afterSeconds?: number | undefined;
    actor: Actor;
  },
  database: Database,
  keyring: Keyring,
): Promise<{ kid: string; signsFrom: Date }> {
  const key = await createSigningKey(keyring.current);
  const [row] = await database.query<{ kid: string; activates_at: Date }>(ROTATE, [
    key.kid,
    key.algorithm,
    JSON.stringify(key.publicJwk),
    Buffer.from(key.privateKeyEncrypted),
    key.keyId,
    compromised,
    uuidv7(),
    actor,
    compromised ? 0 : afterSeconds,
  ]);
  if (!row) throw new Error('No signing key was added');
  return { kid: row.kid, signsFrom: row.activates_at };
}
