import type { Database } from '../db/database.js';
import type { User } from '../users/user.js';

/** The person behind a session, as long as it is open and they are not blocked. */
export async function findViewer(sessionId: string, { prisma }: Database): Promise<User | undefined> {
  const session = await prisma.session.findFirst({
    where: { id: sessionId, revokedAt: null, user: { blocked: false } },
    select: { user: { select: { id: true, phone: true, name: true, role: true, locale: true, createdAt: true } } },
  });
  return session?.user;
}
