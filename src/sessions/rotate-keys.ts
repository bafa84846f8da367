import { v7 as uuidv7 } from 'uuid';
import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { bool, bytea, int4, jsonb, text, timestamptz, uuid } from '../db/types.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import { createSigningKey } from './create-signing-key.js';
import { PUBLISHED_AHEAD_SECONDS } from './key-schedule.js';

/** Adds a key. When `compromised`, all other keys are deleted in the same statement. */
const ROTATE = statement({
  name: 'sessions/rotate_signing_key',
  sql: `
    WITH deleted AS (DELETE FROM signing_keys WHERE :compromised RETURNING kid),
    added AS (
      INSERT INTO signing_keys (kid, algorithm, public_jwk, private_key_encrypted, key_id, activates_at)
      VALUES (:kid, :algorithm, :publicJwk, :privateKeyEncrypted, :keyId, now() + :afterSeconds::int * interval '1 second')
      RETURNING kid, activates_at
    ),
    audited AS (${auditedBy('added', {
      id: ':auditId::uuid',
      event: 'keys.rotated',
      actor: ':actor',
      details: `jsonb_build_object('kid', kid, 'signsFrom', activates_at, 'compromised', :compromised::boolean, 'removed', (SELECT count(*) FROM deleted))`,
    })})
    SELECT kid, activates_at FROM added`,
  parameters: {
    kid: text,
    algorithm: text,
    publicJwk: jsonb,
    privateKeyEncrypted: bytea,
    keyId: text,
    afterSeconds: int4,
    compromised: bool,
    auditId: uuid,
    actor: text,
  },
  columns: { kid: text, activates_at: timestamptz },
});

export interface RotateKeyInput {
  /**
   * The new key signs at once and all others are deleted. Every client must refresh its session at the next request.
   */
  compromised: boolean;
  /**
   * How long the new key is published before it signs. Set a higher value if backends cache keys for longer than the
   * cache header says.
   */
  afterSeconds?: number | undefined;
  actor: Actor;
}

/**
 * Creates a signing key. It is published at once, and signs when every instance and backend has had time to read it.
 * The previous key verifies tokens until its last one has expired.
 */
export async function rotateSigningKey(
  { compromised, afterSeconds = PUBLISHED_AHEAD_SECONDS, actor }: RotateKeyInput,
  { database, keyring }: { database: Database; keyring: Keyring },
): Promise<{ kid: string; signsFrom: Date }> {
  const [row] = await database.query(ROTATE, {
    ...(await createSigningKey(keyring.current)),
    compromised,
    afterSeconds: compromised ? 0 : afterSeconds,
    auditId: uuidv7(),
    actor,
  });
  if (!row) throw new Error('No signing key was added');
  return { kid: row.kid, signsFrom: row.activates_at };
}
