import { bool } from '../db/types.js';
import { isDormant } from './second-step.js';

/** The parameters of the SQL below. `recycles`: whether a recycled phone opens a new account (RECYCLED_PHONES). */
export const RECYCLED_PARAMETERS = { recycles: bool };

/**
 * SQL: whether the phone of the user `u` probably belongs to somebody else now (R29): no sign-in for 90 days, no open
 * session, and a device that is not known. A user who never signed in, such as an imported one, keeps the phone. Users
 * with a role above the first need an approval instead, and a block stays with its phone. `known` is an expression:
 * whether the device is known. See docs/decisions/0038.
 */
export const isRecycled = (u: string, known: string) => `(:recycles::boolean AND ${u}.role = :role AND NOT ${u}.blocked
        AND ${u}.last_login_at IS NOT NULL AND ${isDormant(u)} AND NOT ${known} AND NOT EXISTS (
          SELECT FROM sessions s WHERE s.user_id = ${u}.id AND s.revoked_at IS NULL AND least(s.idle_expires_at, s.expires_at) > now()
        ))`;

/**
 * SQL: a query of a WITH list that takes the phone from the users of `recycled (id)`. They keep their row and ID, and nothing
 * leads from the phone to them any more. `released` has a row for each. The audit entry is written afterwards, because a
 * sign-in must not wait for the audit log.
 */
export const releasePhones = (recycled: string) => `
    released AS (
      UPDATE users u SET phone = 'released:' || u.id, released_phone = u.phone, whatsapp_lid = NULL, whatsapp_lid_checked_at = NULL, updated_at = now()
      FROM ${recycled} recycled WHERE u.id = recycled.id
      RETURNING u.id
    )`;
