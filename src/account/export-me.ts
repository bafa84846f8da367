import { listAudit } from '../events/list-audit.js';
import { type SignIn, listSignIns } from '../login/attempts/list-sign-ins.js';
import { listSessions } from '../sessions/list.js';
import type { Viewer } from '../sessions/viewer.js';
import type { Account } from './create-account.js';

/** The maximum number of rows of each list: the newest ones. */
export const MAX_EXPORTED_ROWS = 1_000;
const NEWEST = { limit: MAX_EXPORTED_ROWS, inverted: false };

/** The data that the gateway keeps about a user, without secrets and hashes. */
export interface AccountExport {
  exportedAt: Date;
  user: object;
  /** The open ones. */
  sessions: object[];
  signIns: SignIn[];
  messages: object[];
  /** The devices on which the user is recognized. */
  devices: object[];
  auditLog: object[];
  /** The lists that are incomplete, because they have more than MAX_EXPORTED_ROWS rows. */
  truncated: string[];
}

/** Collects the data of the user who asks for it, and writes an audit entry before that. */
export async function exportMe({ viewer }: { viewer: Viewer }, deps: Account): Promise<AccountExport> {
  const userId = viewer.user.id;
  await deps.audit.write({ event: 'user.exported', actor: userId, userId });
  const signIns = await listSignIns({ userId, page: NEWEST }, deps);
  const lists = {
    sessions: await listSessions({ userId }, deps),
    signIns,
    messages: await readMessages(
      signIns.map(({ id }) => id),
      deps,
    ),
    devices: await readDevices(userId, deps),
    auditLog: await readAuditLog(userId, deps),
  };
  const isFull = ([, rows]: [string, unknown[]]) => rows.length >= MAX_EXPORTED_ROWS;
  const truncated = Object.entries(lists).filter(isFull);
  return {
    exportedAt: new Date(),
    user: await readUser(userId, deps),
    ...lists,
    truncated: truncated.map(([name]) => name),
  };
}

async function readUser(id: string, { database }: Account): Promise<object> {
  const select = {
    id: true,
    phone: true,
    name: true,
    role: true,
    locale: true,
    whatsappLid: true,
    lastLoginAt: true,
    createdAt: true,
    updatedAt: true,
  } as const;
  return (await database.prisma.user.findUnique({ where: { id }, select })) ?? {};
}

/** The messages with the codes of these attempts. */
async function readMessages(attemptIds: string[], { database }: Account): Promise<object[]> {
  return database.prisma.delivery.findMany({
    where: { attemptId: { in: attemptIds } },
    select: {
      attemptId: true,
      channel: true,
      maskedPhone: true,
      country: true,
      purpose: true,
      locale: true,
      status: true,
      createdAt: true,
      deliveredAt: true,
    },
    orderBy: { id: 'desc' },
    take: MAX_EXPORTED_ROWS,
  });
}

async function readDevices(userId: string, { database }: Account): Promise<object[]> {
  return database.prisma.knownDevice.findMany({
    where: { userId },
    select: { userAgent: true, firstSeenAt: true, lastSeenAt: true },
    orderBy: { lastSeenAt: 'desc' },
  });
}

/** Without details, which contain the filters of admins; and without the IDs of other users. */
async function readAuditLog(userId: string, { database }: Account): Promise<object[]> {
  const entries = await listAudit({ filter: { userId }, page: NEWEST }, { database });
  return entries.map(({ id, at, event, actor, attemptId, sessionId, phone, ip }) => {
    const isNamed = actor === userId || actor === 'gateway' || actor === 'operator';
    return { id, at, event, actor: isNamed ? actor : 'admin', attemptId, sessionId, phone, ip };
  });
}
