import { somePhone } from '../calls.js';
import { type Moment, type Queryable, idAt, insertRows, updateRows } from './write.js';

const USERS = 'users';

interface UserRow {
  id: string;
  phone: string;
  releasedPhone: string | null;
  name: string | null;
  role: string;
  locale: string | null;
  blocked: boolean;
  whatsappLid: string | null;
  whatsappLidCheckedAt: Moment | null;
  lastLoginAt: Moment | null;
  roleChangedAt: Moment | null;
  phoneChangedAt: Moment | null;
  phoneSetAt: Moment | null;
  createdAt: Date;
}

/** @returns the users' ids */
export async function insertUsers(database: Queryable, rows: Partial<UserRow>[]): Promise<string[]> {
  const users = rows.map((row) => ({
    id: idAt(row.createdAt ?? new Date()),
    phone: somePhone(),
    name: null,
    role: 'USER',
    locale: null,
    blocked: false,
    ...row,
  }));
  await insertRows(database, USERS, users);
  return users.map(({ id }) => id);
}

/** @returns the user's id */
export async function insertUser(database: Queryable, row: Partial<UserRow> = {}): Promise<string> {
  return String((await insertUsers(database, [row]))[0]);
}

export const updateUser = (database: Queryable, id: string, changes: Partial<UserRow>) =>
  updateRows(database, USERS, { where: { id }, set: changes });

export const setUserRole = (database: Queryable, id: string, role: string) => updateUser(database, id, { role });

export const blockUser = (database: Queryable, id: string) => updateUser(database, id, { blocked: true });
