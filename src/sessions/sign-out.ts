import type { Database } from '../db/database.js';
import type { Log } from '../log.js';

/** Ends a session: its refresh token is refused from now on. Ending it twice is no error. */
export async function signOut(sessionId: string, { database, log }: { database: Database; log: Log }): Promise<void> {
  const { count } = await database.prisma.session.updateMany({
    where: { id: sessionId, revokedAt: null },
    data: { revokedAt: new Date(), revokedReason: 'signed_out' },
  });
  if (count > 0) log.info({ event: 'session.signed_out', sessionId });
}
