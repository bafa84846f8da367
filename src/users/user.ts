import { type OutputsOf, nullable, text, timestamptz, uuid } from '../db/types.js';

/** A user as clients may see them. */
export interface User {
  id: string;
  phone: string;
  name: string | null;
  role: string;
  locale: string | null;
  createdAt: Date;
}

/** SQL: the columns of a `UserRow`, of a table or a query in FROM. */
export const userColumns = (table: string) =>
  `${table}.id AS user_id, ${table}.phone AS user_phone, ${table}.name AS user_name, ${table}.role AS user_role,
   ${table}.locale AS user_locale, ${table}.created_at AS user_created_at`;

export const USER_COLUMNS = {
  user_id: uuid,
  user_phone: text,
  user_name: nullable(text),
  user_role: text,
  user_locale: nullable(text),
  user_created_at: timestamptz,
};
export type UserRow = OutputsOf<typeof USER_COLUMNS>;

export function toUser(row: UserRow): User {
  return {
    id: row.user_id,
    phone: row.user_phone,
    name: row.user_name,
    role: row.user_role,
    locale: row.user_locale,
    createdAt: row.user_created_at,
  };
}

/** Whether a proven phone without a user becomes a user ("open") or is refused. */
export type SignUp = 'open' | 'closed';

/** The parameters with which `findOrCreateUser` creates a user. */
export const NEW_USER_PARAMETERS = { newUserId: uuid, role: text };

/**
 * SQL: finds the user of a proven phone, one row for each row `(phone, locale)` of `from`, with the role in their
 * record. With sign-up open, a new phone becomes a user; two concurrent first logins create one user, because the phone
 * is unique. With sign-up closed, a new phone returns no row. `signsIn` is an expression: whether this proof signs the
 * user in. The lock waits for an erasure of the user, who is then
 * unknown.
 */
export function findOrCreateUser(from: string, signUp: SignUp, signsIn: string): string {
  const condition =
    signUp === 'open'
      ? ''
      : `WHERE EXISTS (SELECT 1 FROM users known WHERE known.phone = ${from}.phone FOR KEY SHARE OF known)`;
  return `
    INSERT INTO users AS u (id, phone, role, locale, last_login_at)
    SELECT :newUserId::uuid, phone, :role, locale, CASE WHEN ${signsIn} THEN now() END FROM ${from} ${condition}
    ON CONFLICT (phone) DO UPDATE SET last_login_at = CASE WHEN NOT u.blocked AND ${signsIn} THEN now() ELSE u.last_login_at END
    RETURNING u.*`;
}
