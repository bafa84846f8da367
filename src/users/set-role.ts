import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.js';
import { runInTransaction } from '../db/run-statement.js';
import { statement } from '../db/statement.js';
import { bool, text, uuid } from '../db/types.js';
import { DomainError, InvalidInput } from '../domain-error.js';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Bus } from '../realtime/bus.js';
import { endSignIns } from '../sessions/end-sign-ins.js';
import { REVOCATIONS } from '../sessions/revocations.js';
import { notOneself } from './not-oneself.js';
import { readRole } from './read-role.js';
import { wasRecentlyGivenPhone } from './role-and-phone.js';
import { readUserId } from './user-id.js';
import { USER_RECORD, type UserRecord } from './user-record.js';

/**
 * Locks the user, so that the audit entry contains the role that this change replaces, and no phone is given meanwhile.
 * It waits for sign-ins of the user: the next statement sees their sessions.
 */
const LOCK_USER = statement({
  name: 'users/lock_user',
  sql: `SELECT u.role, ${wasRecentlyGivenPhone('u')} AS was_given_phone FROM users u WHERE u.id = :id FOR UPDATE`,
  parameters: { id: uuid },
  columns: { role: text, was_given_phone: bool },
});

/** Changes the role. If it is another one, everything by which the user is signed in ends. */
const SET_ROLE = statement({
  name: 'users/set_role',
  sql: `
    WITH changed AS (UPDATE users SET role = :to, updated_at = now() WHERE id = :id RETURNING id),
    with_another_role AS (SELECT id FROM changed WHERE :from <> :to),
    ${endSignIns('with_another_role', 'role_changed')},
    audited AS (${auditedBy('changed', {
      id: ':entryId::uuid',
      event: 'user.role_set',
      actor: ':actor',
      userId: 'id',
      details: `jsonb_build_object('from', :from::text, 'to', :to::text, 'sessionsEnded', (SELECT count(*) FROM ended_sessions))`,
    })})
    SELECT id FROM canceled_sign_ins`,
  parameters: { id: uuid, from: text, to: text, entryId: uuid, actor: text },
  columns: { id: uuid },
});

/**
 * Gives a user another role. All their sessions end and their devices are forgotten, because they were opened when less
 * depended on them: an attacker who has read one message of a user must not become an admin with that user. Backends
 * accept the access tokens with the old role until they expire.
 *
 * @throws InvalidInput "role"; "userId" when it is the ID of the actor, or when an admin gives a role above the first to a
 *   user who was given a phone in the last 30 days
 * @throws DomainError USER_NOT_FOUND
 */
export async function setUserRole(
  { userId, role, actor }: { userId: string; role: string; actor: Actor },
  { config, database, bus }: { config: { roles: readonly string[] }; database: Database; bus: Bus },
): Promise<UserRecord> {
  const id = readUserId(userId);
  const [firstRole] = config.roles;
  notOneself(id, actor);
  const { user, canceled } = await database.prisma.$transaction(async (transaction) => {
    const [before] = await runInTransaction(transaction, LOCK_USER, { id });
    if (!before) throw new DomainError('USER_NOT_FOUND');
    const { role: from } = before;
    const to = readRole(role, config.roles);
    const isPromoted = from === firstRole && to !== firstRole;
    if (isPromoted && before.was_given_phone && actor !== 'operator') throw new InvalidInput('userId');
    const rows = await runInTransaction(transaction, SET_ROLE, { id, from, to, entryId: uuidv7(), actor });
    return {
      user: await transaction.user.findUniqueOrThrow({ where: { id }, select: USER_RECORD }),
      canceled: rows,
    };
  });
  bus.publish(REVOCATIONS);
  for (const { id: attemptId } of canceled) bus.publish(attemptId);
  return user;
}
