import { type Queryable, insertRows } from './write.js';

const SIGNING_KEYS = 'signing_keys';

/** A signing key without key material. `keyId` names the GATEWAY_SECRET that encrypts it. */
export const insertSigningKey = (database: Queryable, row: { kid?: string; keyId: string }) =>
  insertRows(database, SIGNING_KEYS, [
    { kid: 'k', algorithm: 'EdDSA', publicJwk: {}, privateKeyEncrypted: Buffer.alloc(0), ...row },
  ]);

/** Moves the creation of the signing keys into the past. */
export const ageSigningKeys = (database: Queryable, interval: string) =>
  database.query('UPDATE signing_keys SET activates_at = activates_at - $1::interval', [interval]);
