import type { Database } from '../../db/database.js';

/** Stores a hidden WhatsApp ID with its user, so that the user's next login needs no lookup. */
export async function rememberLid(
  { userId, lid }: { userId: string; lid: string },
  { database: { prisma } }: { database: Database },
): Promise<void> {
  await prisma.$transaction([
    prisma.user.updateMany({ where: { whatsappLid: lid, id: { not: userId } }, data: { whatsappLid: null } }),
    prisma.user.updateMany({ where: { id: userId }, data: { whatsappLid: lid } }),
  ]);
}
