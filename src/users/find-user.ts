import { validate as isUuid } from 'uuid';
import type { Database } from '../db/database.js';
import { USER_RECORD, type UserRecord } from './user-record.js';

/** The user with this ID; undefined when there is none, or it is not a UUID. */
export async function findUserById(
  { id }: { id: string },
  { database }: { database: Database },
): Promise<UserRecord | undefined> {
  if (!isUuid(id)) return undefined;
  return (await database.prisma.user.findUnique({ where: { id }, select: USER_RECORD })) ?? undefined;
}

/** The user with this phone (E.164). */
export async function findUserByPhone(
  { phone }: { phone: string },
  { database }: { database: Database },
): Promise<UserRecord | undefined> {
  return (await database.prisma.user.findUnique({ where: { phone }, select: USER_RECORD })) ?? undefined;
}
