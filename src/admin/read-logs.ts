import type { Page } from '../db/page.js';
import { type DeliveryFilter, type SmsLogEntry, listDeliveries } from '../delivery/log/list-deliveries.js';
import { type AuditFilter, type AuditRecord, listAudit } from '../events/list-audit.js';
import { type GuardEventFilter, type GuardEventRecord, listGuardEvents } from '../guard/events/list-guard-events.js';
import { type AttemptFilter, type AttemptRecord, listAttempts } from '../login/attempts/list-attempts.js';
import { maskPhone } from '../phone/mask-phone.js';
import { auditRead, userIdIn } from './audit-read.js';
import type { ReadDeps } from './limited-read.js';
import { readPhone } from './read-phone.js';

/** Login attempts, newest first. Writes an audit entry. @throws DomainError INVALID_PHONE_NUMBER */
export async function readLoginAttempts(
  input: {
    /** `phone`: in any spelling. */
    filter: Omit<AttemptFilter, 'phone'> & { phone?: string | null | undefined };
    page: Page;
    actor: string;
  },
  deps: Pick<ReadDeps, 'config' | 'database' | 'audit'>,
): Promise<AttemptRecord[]> {
  const { phone: written, ...filter } = input.filter;
  const phone = written ? readPhone(written, deps) : undefined;
  const about = { userId: userIdIn(filter), phone: phone && maskPhone(phone) };
  await auditRead({ actor: input.actor, what: 'login_attempts', ...about, filter }, deps);
  return listAttempts({ filter: { ...filter, phone }, page: input.page }, deps);
}

/** Guard events, newest first. Writes an audit entry. @throws DomainError INVALID_PHONE_NUMBER */
export async function readGuardEvents(
  input: {
    /** `phone`: in any spelling. */
    filter: Omit<GuardEventFilter, 'phone'> & { phone?: string | null | undefined };
    page: Page;
    actor: string;
  },
  deps: Pick<ReadDeps, 'config' | 'keyring' | 'database' | 'audit'>,
): Promise<GuardEventRecord[]> {
  const { phone: written, ...filter } = input.filter;
  const phone = written ? readPhone(written, deps) : undefined;
  await auditRead({ actor: input.actor, what: 'guard_events', phone: phone && maskPhone(phone), filter }, deps);
  return listGuardEvents({ filter: { ...filter, phone }, page: input.page }, deps);
}

/** The SMS log, newest first. Writes an audit entry. */
export async function readSmsLog(
  { filter, page, actor }: { filter: DeliveryFilter; page: Page; actor: string },
  deps: Pick<ReadDeps, 'database' | 'audit'>,
): Promise<SmsLogEntry[]> {
  await auditRead({ actor, what: 'sms_log', filter }, deps);
  return listDeliveries({ filter, page }, deps);
}

/** The audit log, newest first. Writes an audit entry. */
export async function readAuditLog(
  { filter, page, actor }: { filter: AuditFilter; page: Page; actor: string },
  deps: Pick<ReadDeps, 'database' | 'audit'>,
): Promise<AuditRecord[]> {
  await auditRead({ actor, what: 'audit_log', userId: userIdIn(filter), filter }, deps);
  return listAudit({ filter, page }, deps);
}
