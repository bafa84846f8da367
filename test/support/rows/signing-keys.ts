import { type Queryable, insertRows } from './write.js';

const SIGNING_KEYS = 'signing_keys';

/** A signing key without key material. `keyId` names the GATEWAY_SECRET that encrypts it. */
export const insertSigningKey = (database: Queryable, row: { kid?: string; keyId: string }) =>
  insertRows(database, SIGNING_KEYS, [
    { kid: 'k', algorithm: 'EdDSA', publicJwk: {}, privateKeyEncrypted: Buffer.alloc(0), ...row },
  ]);

/** The signing keys were made so much earlier. */
export const ageSigningKeys = (database: Queryable, interval: string) =>
  database.query('UPDATE signing_keys SET activates_at = activates_at - $1::interval', [interval]);
