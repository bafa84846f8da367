import type { Database } from '../db/database.js';
import type { User } from './user.js';

/** The person who has this phone (E.164). */
export async function findUserByPhone(
  phone: string,
  { prisma }: Database,
): Promise<(User & { blocked: boolean }) | undefined> {
  const found = await prisma.user.findUnique({
    where: { phone },
    select: { id: true, phone: true, name: true, role: true, locale: true, createdAt: true, blocked: true },
  });
  return found ?? undefined;
}
