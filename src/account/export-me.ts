import { listAudit } from '../events/list-audit.js';
import { budgetsOfExport } from '../guard/budgets/counted-budgets.js';
import { requireAllowance } from '../guard/budgets/take-allowance.js';
import { type SignIn, listSignIns } from '../login/attempts/list-sign-ins.js';
import { requireOlderDevice } from '../sessions/new-device.js';
import type { Viewer } from '../sessions/viewer.js';
import type { Account } from './create-account.js';
import { type PhoneChange, readPhoneChanges, readPhoneSince } from './export/attempts.js';
import { readSentMessages, readWrongCodes } from './export/counters.js';
import {
  readApplicationSignIns,
  readCaptchas,
  readDevices,
  readGuardEvents,
  readMessages,
  readNotifications,
  readSessions,
} from './export/rows.js';

/**
 * The maximum number of rows of each list: the newest ones. Every text in a row has a maximum length, so an export has
 * at most 10 MB.
 */
export const MAX_EXPORTED_ROWS = 1_000;
/** One more tells whether there are more. */
const READ_ROWS = MAX_EXPORTED_ROWS + 1;
const NEWEST = { limit: READ_ROWS, inverted: false };

/**
 * Everything that names a user, without secrets and hashes. `exported` in src/maintenance/retention.ts says which tables
 * each list is read from.
 */
export interface AccountExport {
  exportedAt: Date;
  user: object;
  sessions: object[];
  /** The applications to which the login page sent the user. */
  applicationSignIns: object[];
  signIns: SignIn[];
  phoneChanges: PhoneChange[];
  messages: object[];
  /** The devices on which the user is recognized. */
  devices: object[];
  notifications: object[];
  sentMessages: object[];
  wrongCodes: object[];
  captchas: object[];
  guardEvents: object[];
  auditLog: object[];
  /** The lists that are incomplete, because they have more than MAX_EXPORTED_ROWS rows. */
  truncated: string[];
}

/**
 * Collects the data of the user who asks for it, if not on a device that an attacker may just have added. Writes an audit
 * entry before that.
 *
 * @throws DomainError DEVICE_TOO_NEW
 * @throws RateLimited after too many exports of the user, or while the instance makes too many
 */
export async function exportMe({ viewer }: { viewer: Viewer }, account: Account): Promise<AccountExport> {
  await requireOlderDevice(viewer, account);
  const deps = { ...account, database: account.exportDatabase };
  return account.exportSlots.run(viewer.user.id, async () => {
    await requireAllowance(budgetsOfExport(viewer.user.id), account);
    return collect(viewer.user, deps);
  });
}

async function collect({ id: userId, phone }: Viewer['user'], deps: Account): Promise<AccountExport> {
  await deps.audit.write({ event: 'user.exported', actor: userId, userId }, deps);
  const since = (await readPhoneSince({ userId }, deps)) ?? new Date();
  const signIns = await listSignIns({ userId, page: NEWEST }, deps);
  const phoneChanges = await readPhoneChanges({ userId, limit: READ_ROWS }, deps);
  const ownAttempts = [...signIns, ...phoneChanges.filter(({ requestedBy }) => requestedBy === 'user')];
  const attemptIds = ownAttempts.map(({ id }) => id);
  // One after the other, so that an export uses one connection.
  const lists = {
    sessions: await readSessions(userId, READ_ROWS, deps),
    applicationSignIns: await readApplicationSignIns(userId, READ_ROWS, deps),
    signIns,
    phoneChanges,
    messages: await readMessages({ userId, attemptIds }, READ_ROWS, deps),
    devices: await readDevices(userId, READ_ROWS, deps),
    notifications: await readNotifications(userId, READ_ROWS, deps),
    sentMessages: await readSentMessages({ phone, since, limit: READ_ROWS }, deps),
    wrongCodes: await readWrongCodes({ phone, since, limit: READ_ROWS }, deps),
    captchas: await readCaptchas({ phone, since }, READ_ROWS, deps),
    guardEvents: await readGuardEvents({ phone, since }, READ_ROWS, deps),
    auditLog: await readAuditLog(userId, deps),
  };
  const truncated: string[] = [];
  for (const [name, rows] of Object.entries<object[]>(lists)) {
    if (rows.length > MAX_EXPORTED_ROWS) truncated.push(name);
    rows.length = Math.min(rows.length, MAX_EXPORTED_ROWS);
  }
  return { exportedAt: new Date(), user: await readUser(userId, deps), ...lists, truncated };
}

async function readUser(id: string, { database }: Account): Promise<object> {
  const select = {
    id: true,
    phone: true,
    phoneChangedAt: true,
    phoneSetAt: true,
    releasedPhone: true,
    name: true,
    role: true,
    roleChangedAt: true,
    locale: true,
    blocked: true,
    whatsappLid: true,
    whatsappLidCheckedAt: true,
    lastLoginAt: true,
    createdAt: true,
    updatedAt: true,
  } as const;
  return (await database.prisma.user.findUnique({ where: { id }, select })) ?? {};
}

/** Without details, which contain the filters of admins; and without the IDs of other users. */
async function readAuditLog(userId: string, { database }: Account): Promise<object[]> {
  const entries = await listAudit({ filter: { userId }, page: NEWEST }, { database });
  return entries.map(({ id, at, event, actor, attemptId, sessionId, phone, ip }) => {
    const isNamed = actor === userId || actor === 'gateway' || actor === 'operator';
    return { id, at, event, actor: isNamed ? actor : 'admin', attemptId, sessionId, phone, ip };
  });
}
