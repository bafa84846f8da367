import { hashesOfPhone } from '../../guard/captcha/binding.js';
import { phoneHashes } from '../../guard/events/phone-hash.js';
import { describeDevice } from '../../sessions/device.js';
import type { Account } from '../create-account.js';
import { shortenNetwork } from './counters.js';

type Deps = Pick<Account, 'database' | 'keyring'>;

/** Sessions that are open or have ended. */
export async function readSessions(userId: string, take: number, { database }: Deps): Promise<object[]> {
  const rows = await database.prisma.session.findMany({
    where: { userId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take,
  });
  const now = new Date();
  return rows.map((row) => ({
    id: row.id,
    device: describeDevice(row.userAgent),
    userAgent: row.userAgent,
    ipAddress: row.clientIp,
    location: row.location,
    startedAt: row.createdAt,
    lastSeenAt: row.rotatedAt,
    expiresAt: row.idleExpiresAt < row.expiresAt ? row.idleExpiresAt : row.expiresAt,
    isOpen: row.revokedAt === null && row.idleExpiresAt > now && row.expiresAt > now,
    endedAt: row.revokedAt,
    endedBecause: row.revokedReason,
  }));
}

/** The applications that the user was sent to with a code, within the last day. */
export async function readApplicationSignIns(userId: string, take: number, { database }: Deps): Promise<object[]> {
  return database.prisma.authorizationCode.findMany({
    where: { session: { userId } },
    select: {
      clientId: true,
      redirectUri: true,
      sessionId: true,
      openedSessionId: true,
      createdAt: true,
      usedAt: true,
    },
    orderBy: { createdAt: 'desc' },
    take,
  });
}

/** The messages of these attempts, and the notifications to the user. */
export async function readMessages(
  { userId, attemptIds }: { userId: string; attemptIds: string[] },
  take: number,
  { database }: Deps,
): Promise<object[]> {
  return database.prisma.delivery.findMany({
    where: { OR: [{ attemptId: { in: attemptIds } }, { userId }] },
    select: {
      id: true,
      attemptId: true,
      channel: true,
      providerId: true,
      maskedPhone: true,
      country: true,
      purpose: true,
      locale: true,
      template: true,
      status: true,
      failure: true,
      detail: true,
      blockedBy: true,
      createdAt: true,
      updatedAt: true,
      deliveredAt: true,
    },
    orderBy: { id: 'desc' },
    take,
  });
}

export async function readDevices(userId: string, take: number, { database }: Deps): Promise<object[]> {
  return database.prisma.knownDevice.findMany({
    where: { userId },
    select: { sessionId: true, userAgent: true, firstSeenAt: true, lastSeenAt: true },
    orderBy: { lastSeenAt: 'desc' },
    take,
  });
}

/** The notifications of the last two days. */
export async function readNotifications(userId: string, take: number, { database }: Deps): Promise<object[]> {
  return database.prisma.notification.findMany({
    where: { userId },
    select: {
      id: true,
      purpose: true,
      phone: true,
      locale: true,
      values: true,
      sessionId: true,
      createdAt: true,
      answeredAt: true,
    },
    orderBy: { createdAt: 'desc' },
    take,
  });
}

/** When captchas were solved for the phone, within the last hour. */
export async function readCaptchas(
  { phone, since }: { phone: string; since: Date },
  take: number,
  { database, keyring }: Deps,
): Promise<object[]> {
  return database.prisma.captchaSolution.findMany({
    where: { phoneHash: { in: hashesOfPhone(phone, keyring) }, solvedAt: { gte: since } },
    select: { solvedAt: true },
    orderBy: { solvedAt: 'desc' },
    take,
  });
}

/** What the guard refused and blocked for the phone. The network is shortened, because it may be a stranger's. */
export async function readGuardEvents(
  { phone, since }: { phone: string; since: Date },
  take: number,
  { database, keyring }: Deps,
): Promise<object[]> {
  const rows = await database.prisma.guardEvent.findMany({
    where: { phoneHash: { in: phoneHashes(phone, keyring) }, at: { gte: since } },
    select: {
      id: true,
      at: true,
      rule: true,
      action: true,
      maskedPhone: true,
      network: true,
      country: true,
      channel: true,
      attemptId: true,
      until: true,
      count: true,
    },
    orderBy: { id: 'desc' },
    take,
  });
  return rows.map((row) => ({ ...row, network: row.network && shortenNetwork(row.network) }));
}
