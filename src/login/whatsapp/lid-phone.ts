import type { Config } from '../../config/config.js';
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

/** A user, as far as a sender needs to be recognized. */
export interface LidUser {
  /** E.164. */
  phone: string;
  /** Whether the role is above the first. */
  isPrivileged: boolean;
  /** When Green API named the phone of the user's hidden ID; null if it never did. */
  lidCheckedAt: Date | null;
}

/** The user of a hidden ID, or of a phone. */
export async function findLidUser(
  by: { whatsappLid: string } | { phone: string },
  { config, database }: Deps,
): Promise<LidUser | null> {
  const user = await database.prisma.user.findUnique({
    where: by,
    select: { phone: true, role: true, whatsappLidCheckedAt: true },
  });
  return user && toLidUser({ ...user, whatsapp_lid_checked_at: user.whatsappLidCheckedAt }, config);
}

export function toLidUser(
  row: { phone: string; role: string; whatsapp_lid_checked_at: Date | null },
  config: Pick<Config, 'roles'>,
): LidUser {
  return {
    phone: row.phone,
    isPrivileged: row.role !== config.roles[0],
    lidCheckedAt: row.whatsapp_lid_checked_at,
  };
}

/** The phone of the user of a hidden ID, if Green API named it recently enough for what it decides. */
export function trustedPhone(user: LidUser, decides: 'account' | 'answer'): Phone | undefined {
  const trustedMs = user.isPrivileged ? TRUSTED_PRIVILEGED_MS[decides] : TRUSTED_MS;
  const isTrusted = trustedMs > 0 && Number(user.lidCheckedAt) > Date.now() - trustedMs;
  return isTrusted ? phoneFromWhatsApp(user.phone.slice(1)) : undefined;
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
