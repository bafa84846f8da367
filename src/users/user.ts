/** A person as others may see them. */
export interface User {
  id: string;
  phone: string;
  name: string | null;
  role: string;
  locale: string | null;
  createdAt: Date;
}

/** The columns of a `User` from a table expression, named so that `toUser` reads them. */
export const USER_COLUMNS = (table: string) =>
  `${table}.id AS user_id, ${table}.phone AS user_phone, ${table}.name AS user_name, ${table}.role AS user_role,
   ${table}.locale AS user_locale, ${table}.created_at AS user_created_at`;

export interface UserRow {
  user_id: string;
  user_phone: string;
  user_name: string | null;
  user_role: string;
  user_locale: string | null;
  user_created_at: Date;
}

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

/** Whether a stranger whose phone is proven becomes a user, or is turned away. */
export type SignUp = 'open' | 'closed';

/**
 * A common table expression: the person whose phone was proven, one row for each row `(phone, locale)` of `from`, with the
 * role their record holds. `stranger`: the parameters of whom it makes.
 * Where sign-up is open a stranger becomes a user; two first logins at once make one user (the phone is unique).
 * Where it is closed a stranger gives no row.
 */
export function findOrCreateUser(from: string, stranger: { id: string; role: string }, signUp: SignUp): string {
  const condition =
    signUp === 'open' ? '' : `WHERE EXISTS (SELECT 1 FROM users known WHERE known.phone = ${from}.phone)`;
  return `
    INSERT INTO users AS u (id, phone, role, locale, last_login_at)
    SELECT ${stranger.id}::uuid, phone, ${stranger.role}, locale, now() FROM ${from} ${condition}
    ON CONFLICT (phone) DO UPDATE SET last_login_at = CASE WHEN u.blocked THEN u.last_login_at ELSE now() END
    RETURNING u.*`;
}
