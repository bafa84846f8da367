import type { Database } from '../../db/database.js';
import type { Phone } from '../../phone/parse-phone.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import type { LoginDeps } from '../create-login.js';
import { SECOND_STEP_MINUTES } from '../second-step.js';

/** A hidden WhatsApp ID (digits@lid), and when Green API named its phone. */
export interface CheckedLid {
  id: string;
  checkedAt: Date;
}

type Deps = Pick<LoginDeps, 'config' | 'database'>;

const MINUTE_MS = 60_000;
/**
 * How long the phone of a hidden ID is trusted. The ID stays with a WhatsApp account that changes its number, so later
 * the phone can belong to another person.
 */
const TRUSTED_MS = 60 * MINUTE_MS;

/**
 * For a user with a role above the first, a stored ID never decides whose account it is. It decides whose answer it is
 * only while the sign-in can wait for its second step.
 */
const TRUSTED_PRIVILEGED_MS = { account: 0, answer: SECOND_STEP_MINUTES * MINUTE_MS };

/** The phone of a hidden ID, if Green API named it lately enough for what it decides. */
export async function findPhoneByLid(
  { lid, decides }: { lid: string; decides: 'account' | 'answer' },
  { config, database }: Deps,
): Promise<Phone | undefined> {
  const user = await database.prisma.user.findUnique({
    where: { whatsappLid: lid },
    select: { phone: true, role: true, whatsappLidCheckedAt: true },
  });
  if (!user?.whatsappLidCheckedAt) return undefined;
  const trustedMs = user.role === config.roles[0] ? TRUSTED_MS : TRUSTED_PRIVILEGED_MS[decides];
  const isTrusted = trustedMs > 0 && user.whatsappLidCheckedAt.getTime() > Date.now() - trustedMs;
  return isTrusted ? phoneFromWhatsApp(user.phone.slice(1)) : undefined;
}

/** Whether the user of a phone has a role above the first. */
export async function isPrivilegedPhone(phone: string, { config, database }: Deps): Promise<boolean> {
  const user = await database.prisma.user.findUnique({ where: { phone }, select: { role: true } });
  return user !== null && user.role !== config.roles[0];
}

/** Stores a hidden ID with its user, so that a message within the next hour needs no look-up. */
export async function rememberLid(
  { userId, lid }: { userId: string; lid: CheckedLid },
  { database: { prisma } }: { database: Database },
): Promise<void> {
  const data = { whatsappLid: lid.id, whatsappLidCheckedAt: lid.checkedAt };
  await prisma.$transaction([
    prisma.user.updateMany({ where: { whatsappLid: lid.id, id: { not: userId } }, data: { whatsappLid: null } }),
    prisma.user.updateMany({ where: { id: userId }, data }),
  ]);
}
