import type { SmsLogEntry } from '../delivery/log/list-deliveries.js';
import type { AttemptRecord } from '../login/attempts/list-attempts.js';
import { auditRead } from './audit-read.js';
import type { Admin } from './create-admin.js';

/** Streams every change of a login attempt from now on. Writes an audit entry. */
export async function watchLoginAttempts(
  { actor }: { actor: string },
  deps: Pick<Admin, 'audit' | 'attemptFeed'>,
): Promise<AsyncIterableIterator<AttemptRecord>> {
  await auditRead({ actor, what: 'login_attempt_feed' }, deps);
  return deps.attemptFeed.watch();
}

/** Streams every change of a delivery from now on. Writes an audit entry. */
export async function watchDeliveries(
  { actor }: { actor: string },
  deps: Pick<Admin, 'audit' | 'deliveryFeed'>,
): Promise<AsyncIterableIterator<SmsLogEntry>> {
  await auditRead({ actor, what: 'delivery_feed' }, deps);
  return deps.deliveryFeed.watch();
}
