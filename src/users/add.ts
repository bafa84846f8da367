import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database, Statement } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import { type User, USER_COLUMNS, type UserRow, toUser } from './user.js';

const ADD_USER: Statement = {
  name: 'add_user',
  text: `
    WITH added AS (
      INSERT INTO users (id, phone, name, role, locale) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (phone) DO NOTHING RETURNING *
    ),
    audited AS (${auditedBy('added', {
      id: '$6::uuid',
      event: 'user.added',
      actor: '$7',
      userId: 'id',
      details: `jsonb_build_object('role', role)`,
    })})
    SELECT ${USER_COLUMNS('added')} FROM added`,
};

/** A person before their first sign-in. Everything is in the form it is kept in. */
export interface NewUser {
  phone: string;
  name: string | null;
  role: string;
  locale: string | null;
}

/** @throws DomainError PHONE_TAKEN */
export async function addUser({ phone, name, role, locale }: NewUser, actor: Actor, database: Database): Promise<User> {
  const [row] = await database.query<UserRow>(ADD_USER, [uuidv7(), phone, name, role, locale, uuidv7(), actor]);
  if (!row) throw new DomainError('PHONE_TAKEN');
  return toUser(row);
}
