import { v7 as uuidv7 } from 'uuid';
import type { Keyring } from '../config/keys.js';
import { isDeadlock } from '../db/is-deadlock.js';
import { type PrismaTransaction, runInTransaction } from '../db/run-statement.js';
import { DomainError } from '../domain-error.js';
import type { Actor } from '../events/audited-by.js';
import { hashesOfPhone } from '../guard/captcha/binding.js';
import { phoneHashes } from '../guard/events/phone-hash.js';
import { REVOCATIONS } from '../sessions/revocations.js';
import { isAdmin } from '../users/is-admin.js';
import type { Account } from './create-account.js';
import {
  CANCEL_AND_CLEAR_ATTEMPTS,
  CLEAR_CAPTCHAS,
  CLEAR_DELIVERIES_TO_USER,
  CLEAR_USER_KEEP_BLOCK,
  DELETE_COUNTERS,
  DELETE_DEVICES_AND_NOTIFICATIONS,
  DELETE_GUARD_EVENTS,
  DELETE_USER,
  END_AND_CLEAR_SESSIONS,
  LOCK_ADMINS,
  LOCK_OPEN_ATTEMPTS,
  LOCK_USER,
} from './erase-user-sql.js';

export interface Erased {
  userId: string;
  /** Whether the phone stays in the table of users, because the user was blocked and still had the phone. */
  blockKept: boolean;
}

/** Repeats of a transaction that PostgreSQL has ended, because it and another one waited for each other. */
const MAX_REPEATS = 5;

/**
 * Erases a user in one transaction: their sessions end everywhere, open attempts are canceled, and no table names them
 * any more, except the audit log and the phone of a blocked user. See docs/decisions/0035.
 *
 * An attempt that is open when the user is erased signs nobody in. A request that comes later is that of a new user.
 *
 * @throws DomainError USER_NOT_FOUND, LAST_ADMIN
 */
export async function eraseUser(
  input: { userId: string; actor: Actor },
  deps: Pick<Account, 'config' | 'keyring' | 'database' | 'bus' | 'log'>,
): Promise<Erased> {
  const { database, bus, log } = deps;
  for (let repeat = 0; ; repeat += 1) {
    try {
      const { blockKept, canceled } = await database.prisma.$transaction((transaction) =>
        erase(input, { transaction, config: deps.config, keyring: deps.keyring }),
      );
      bus.publish(REVOCATIONS);
      for (const attemptId of canceled) bus.publish(attemptId);
      log.info({ event: 'user.erased', ...input, blockKept });
      return { userId: input.userId, blockKept };
    } catch (error) {
      if (!isDeadlock(error) || repeat === MAX_REPEATS) throw error;
    }
  }
}

/**
 * Takes the locks in the order of the statements that sign a user in: attempts, counters, user, sessions. Each
 * statement sees what was committed before it, so nothing that a sign-in has just written is left.
 */
async function erase(
  { userId, actor }: { userId: string; actor: Actor },
  {
    transaction,
    config,
    keyring,
  }: { transaction: PrismaTransaction; config: { roles: readonly string[] }; keyring: Pick<Keyring, 'all'> },
): Promise<{ blockKept: boolean; canceled: string[] }> {
  await runInTransaction(transaction, LOCK_OPEN_ATTEMPTS, { userId });
  await runInTransaction(transaction, DELETE_COUNTERS, { userId });
  const admins = await runInTransaction(transaction, LOCK_ADMINS, { userId });
  const [user] = await runInTransaction(transaction, LOCK_USER, { userId });
  if (!user) throw new DomainError('USER_NOT_FOUND');
  const { phone, role, blocked } = user;
  const blockKept = blocked && !user.is_released;
  if (isAdmin({ role }, { config }) && !blocked && !admins.some(({ id }) => id !== userId))
    throw new DomainError('LAST_ADMIN');
  const attempts = await runInTransaction(transaction, CANCEL_AND_CLEAR_ATTEMPTS, { userId, phone });
  const [sessions] = await runInTransaction(transaction, END_AND_CLEAR_SESSIONS, { userId });
  await runInTransaction(transaction, CLEAR_DELIVERIES_TO_USER, { userId });
  await runInTransaction(transaction, DELETE_DEVICES_AND_NOTIFICATIONS, { userId });
  await runInTransaction(transaction, DELETE_GUARD_EVENTS, { phoneHashes: phoneHashes(phone, keyring) });
  await runInTransaction(transaction, CLEAR_CAPTCHAS, { phoneHashes: hashesOfPhone(phone, keyring) });
  const entry = { userId, entryId: uuidv7(), actor, sessionsEnded: sessions?.ended ?? 0 };
  if (blockKept)
    await runInTransaction(transaction, CLEAR_USER_KEEP_BLOCK, {
      ...entry,
      newId: uuidv7(),
      role: config.roles[0] ?? role,
    });
  else await runInTransaction(transaction, DELETE_USER, entry);
  return { blockKept, canceled: attempts.filter(({ canceled }) => canceled).map(({ id }) => id) };
}
