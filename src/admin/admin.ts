import { validate as isUuid } from 'uuid';
import type { Audit } from '../events/audit.js';
import { type AuditFilter, type AuditRecord, listAudit } from '../events/list-audit.js';
import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import type { Page } from '../db/page.js';
import {
  type NewTemplate,
  type TemplatePreview,
  type TemplateRecord,
  activateTemplate,
  createTemplate,
  editTemplate,
  listTemplates,
  previewTemplate,
} from '../delivery/templates/manage-templates.js';
import { type DeliveryFilter, type SmsLogEntry, listDeliveries } from '../delivery/log/list-deliveries.js';
import { type SendStatistic, readStatistics } from './statistics.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import { resetPhoneLimitsAs } from '../guard/reset-phone-limits.js';
import type { Log } from '../log.js';
import { type AttemptFilter, type AttemptRecord, listAttempts } from '../login/attempts/list-attempts.js';
import type { Bus } from '../realtime/bus.js';
import { createChangePoller } from '../realtime/change-poller.js';
import { type SessionInfo, listSessions } from '../sessions/list.js';
import { revokeSession, revokeSessionsOf } from '../sessions/revoke.js';
import { addUser } from '../users/add.js';
import { blockUser, unblockUser } from './block-user.js';
import { maskPhone, parsePhone } from '../phone/phone.js';
import { type ProfileChange, readLocale, readName, readRole, updateProfile } from '../users/profile.js';
import { setUserRole } from '../users/role.js';
import { type UserFilter, type UserRecord, findUserRecord, searchUsers } from './search-users.js';

/** What an admin may do. `by` is their id: whoever looks at a person, or changes anything, is written down (R31). */
export interface Admin {
  users(filter: UserFilter, page: Page, by: string): Promise<UserRecord[]>;
  user(id: string, by: string): Promise<UserRecord | undefined>;
  sessionsOf(userId: string, by: string): Promise<SessionInfo[]>;
  attempts(filter: Omit<AttemptFilter, 'phone'> & WrittenPhone, page: Page, by: string): Promise<AttemptRecord[]>;
  deliveries(filter: DeliveryFilter, page: Page, by: string): Promise<SmsLogEntry[]>;
  audit(filter: AuditFilter, page: Page, by: string): Promise<AuditRecord[]>;
  statistics(wanted: Parameters<typeof readStatistics>[0]): Promise<SendStatistic[]>;
  templates(): Promise<TemplateRecord[]>;
  previewTemplate(template: Pick<NewTemplate, 'purpose' | 'channel' | 'body'>): TemplatePreview;
  watchAttempts(by: string): Promise<AsyncIterableIterator<AttemptRecord>>;
  watchDeliveries(by: string): Promise<AsyncIterableIterator<SmsLogEntry>>;

  /** @throws DomainError PHONE_TAKEN, INVALID_PHONE_NUMBER · InvalidInput */
  addUser(
    wanted: {
      phone: string;
      name?: string | null | undefined;
      role?: string | null | undefined;
      locale?: string | null | undefined;
    },
    by: string,
  ): Promise<UserRecord>;
  /** All of these: @throws DomainError USER_NOT_FOUND · InvalidInput */
  updateUser(userId: string, change: ProfileChange, by: string): Promise<UserRecord>;
  setRole(userId: string, role: string, by: string): Promise<UserRecord>;
  block(userId: string, by: string): Promise<UserRecord>;
  unblock(userId: string, by: string): Promise<UserRecord>;
  /** @throws DomainError SESSION_NOT_FOUND */
  revokeSession(sessionId: string, by: string): Promise<void>;
  revokeSessionsOf(userId: string, by: string): Promise<number>;
  /** @throws DomainError INVALID_PHONE_NUMBER. @returns the phone, masked. */
  resetPhoneLimits(phone: string, by: string): Promise<string>;
  createTemplate(template: NewTemplate, by: string): Promise<TemplateRecord>;
  editTemplate(change: Parameters<typeof editTemplate>[0], by: string): Promise<TemplateRecord>;
  activateTemplate(id: string, by: string): Promise<TemplateRecord>;
}

/** A phone as an admin writes it. */
interface WrittenPhone {
  phone?: string | null | undefined;
}

/** Rows that a live view looks at. */
const NEWEST: Page = { limit: 200, inverted: false };

export function createAdmin(deps: { config: Config; database: Database; bus: Bus; audit: Audit; log: Log }): Admin {
  const { config, database, audit, log } = deps;
  const countries = config.defaultCountries;
  const onFailing = (error: unknown) => log.warn({ event: 'feed.unread', error });
  const attemptFeed = createChangePoller<AttemptRecord>({
    readNewest: () => listAttempts({}, NEWEST, database),
    changeOf: ({ status, failedTries }) => `${status} ${failedTries}`,
    onFailing,
  });
  const deliveryFeed = createChangePoller<SmsLogEntry>({
    readNewest: () => listDeliveries({}, NEWEST, database),
    changeOf: ({ status, updatedAt }) => `${status} ${updatedAt.getTime()}`,
    onFailing,
  });

  /** Written before anything is shown. What was asked for stands apart: it is the asker's words. */
  const looks = (
    by: string,
    what: string,
    whom: { userId?: string | undefined; phone?: string | undefined; shown?: string[] } = {},
    filter: object = {},
  ) =>
    audit.write({
      event: 'admin.read',
      actor: by,
      what,
      ...withoutNothing({ ...whom, filter: withoutNothing(masked(filter)) }),
    });

  async function personAfter(userId: string, change: () => Promise<unknown>): Promise<UserRecord> {
    const before = await findUserRecord(userId, database);
    if (!before) throw new DomainError('USER_NOT_FOUND');
    await change();
    return (await findUserRecord(userId, database)) ?? before;
  }

  function readPhone(written: string): string {
    const phone = parsePhone(written, countries);
    if (typeof phone === 'string') throw new DomainError('INVALID_PHONE_NUMBER');
    return phone.e164;
  }

  return {
    async users(filter, page, by) {
      const shown = await searchUsers(filter, page, { database, countries });
      const ids = shown.map(({ id }) => id);
      await looks(by, 'users', { userId: ids.length === 1 ? ids[0] : undefined, shown: ids }, filter);
      return shown;
    },
    async user(id, by) {
      const found = await findUserRecord(id, database);
      if (found) await looks(by, 'user', { userId: found.id });
      return found;
    },
    async sessionsOf(userId, by) {
      await looks(by, 'sessions', { userId });
      return listSessions(userId, database);
    },
    async attempts({ phone, ...filter }, page, by) {
      const e164 = phone ? readPhone(phone) : undefined;
      await looks(by, 'login_attempts', { userId: personIn(filter), phone: e164 && maskPhone(e164) }, filter);
      return listAttempts({ ...filter, phone: e164 }, page, database);
    },
    async deliveries(filter, page, by) {
      await looks(by, 'sms_log', {}, filter);
      return listDeliveries(filter, page, database);
    },
    async audit(filter, page, by) {
      await looks(by, 'audit_log', { userId: personIn(filter) }, filter);
      return listAudit(filter, page, database);
    },
    statistics: (wanted) => readStatistics(wanted, database),
    templates: () => listTemplates(database),
    previewTemplate: (template) =>
      previewTemplate(template, {
        webOtpHost: config.delivery.webOtpHost,
        otpLength: config.otp.length,
        minutes: Math.ceil(config.otp.ttlSeconds / 60),
      }),
    async watchAttempts(by) {
      await looks(by, 'login_attempt_feed');
      return attemptFeed.watch();
    },
    async watchDeliveries(by) {
      await looks(by, 'delivery_feed');
      return deliveryFeed.watch();
    },

    async addUser({ phone, name, role, locale }, by) {
      const user = {
        phone: readPhone(phone),
        name: name ? readName(name) : null,
        role: role ? readRole(role, config.roles) : config.roles[0],
        locale: locale ? readLocale(locale) : null,
      };
      return { ...(await addUser(user, by, database)), blocked: false, lastLoginAt: null };
    },
    updateUser: (userId, change, by) => personAfter(userId, () => updateProfile(userId, change, by, database)),
    async setRole(userId, role, by) {
      notOneself(userId, by);
      return personAfter(userId, () => setUserRole({ userId, role, actor: by }, { database, roles: config.roles }));
    },
    async block(userId, by) {
      notOneself(userId, by);
      return personAfter(userId, () => blockUser(userId, by, deps));
    },
    unblock: (userId, by) => personAfter(userId, () => unblockUser(userId, by, database)),
    async revokeSession(sessionId, by) {
      if (!isUuid(sessionId) || !(await revokeSession(sessionId, { actor: by, reason: 'revoked' }, deps)))
        throw new DomainError('SESSION_NOT_FOUND');
    },
    async revokeSessionsOf(userId, by) {
      if (!(await findUserRecord(userId, database))) throw new DomainError('USER_NOT_FOUND');
      return revokeSessionsOf(userId, { actor: by, reason: 'revoked' }, deps);
    },
    async resetPhoneLimits(written, by) {
      const phone = readPhone(written);
      await resetPhoneLimitsAs(by, phone, maskPhone(phone), database);
      return maskPhone(phone);
    },
    createTemplate: (template, by) => createTemplate(template, by, database),
    editTemplate: (change, by) => editTemplate(change, by, database),
    activateTemplate: (id, by) => activateTemplate(id, by, database),
  };
}

/** Whoever takes their own role, or blocks themselves, may have been the last who could give it back. */
function notOneself(userId: string, by: string): void {
  if (userId.toLowerCase() === by) throw new InvalidInput('userId');
}

/** Whatever is searched for may hold a whole phone: enough of it to recognise. */
function masked(filter: object): object {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [
      name,
      typeof value === 'string' && !isUuid(value) ? maskedText(value) : (value as unknown),
    ]),
  );
}

function maskedText(text: string): string {
  return Array.from(text.replaceAll(/\p{Nd}(?=(?:\P{Nd}*\p{Nd}){2})/gu, '*'))
    .slice(0, 100)
    .join('');
}

/** Whom a filter is about, where it names somebody. */
function personIn({ userId }: { userId?: string | null | undefined }): string | undefined {
  return userId && isUuid(userId) ? userId : undefined;
}

/** Without what was not asked for; nothing at all where nothing was. */
function withoutNothing(about: object): object | undefined {
  const said = Object.entries(about).filter(([, value]) => value !== null && value !== undefined);
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}
