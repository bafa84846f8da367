import type { Keyring } from '../config/keys.js';
import type { Database } from '../db/database.js';
import { statement } from '../db/statement.js';
import { nullable, text, textOf, timestamptz } from '../db/types.js';
import { KEYS_IN_ORDER, VERIFIES_UNTIL } from './key-schedule.js';

/** A signing key as an operator sees it. */
export interface ListedKey {
  kid: string;
  state: 'published' | 'signs' | 'verifies' | 'expired';
  createdAt: Date;
  signsFrom: Date;
  /** Null while no later key exists. */
  verifiesUntil: Date | null;
  /** Whether its private part is encrypted with the current GATEWAY_SECRET. */
  sealedByPresentSecret: boolean;
}

const LIST_KEYS = statement({
  name: 'sessions/list_signing_keys',
  sql: `
    SELECT kid, created_at, activates_at, key_id, ${VERIFIES_UNTIL} AS verifies_until,
           CASE WHEN activates_at > now() THEN 'published' WHEN superseded_at IS NULL OR superseded_at > now() THEN 'signs'
                WHEN ${VERIFIES_UNTIL} > now() THEN 'verifies' ELSE 'expired' END AS state
    FROM (${KEYS_IN_ORDER}) AS keys_in_order ORDER BY activates_at DESC, created_at DESC, kid DESC`,
  parameters: {},
  columns: {
    kid: text,
    created_at: timestamptz,
    activates_at: timestamptz,
    key_id: text,
    verifies_until: nullable(timestamptz),
    state: textOf<ListedKey['state']>(),
  },
});

/** Every signing key, newest first. */
export async function listSigningKeys(deps: { database: Database; keyring: Keyring }): Promise<ListedKey[]> {
  const rows = await deps.database.query(LIST_KEYS, {});
  return rows.map((row) => ({
    kid: row.kid,
    state: row.state,
    createdAt: row.created_at,
    signsFrom: row.activates_at,
    verifiesUntil: row.verifies_until,
    sealedByPresentSecret: row.key_id === deps.keyring.current.id,
  }));
}
