import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../events/audited-by.js';
import type { Database, Statement } from '../db/database.js';
import { DomainError } from '../domain-error.js';
import { readRole } from './profile.js';

const SET_ROLE: Statement = {
  name: 'set_user_role',
  text: `
    WITH before AS (SELECT id, role FROM users WHERE id = $1 FOR UPDATE),
    changed AS (UPDATE users u SET role = $2, updated_at = now() FROM before WHERE u.id = before.id RETURNING u.id, before.role AS was),
    audited AS (${auditedBy('changed', {
      id: '$3::uuid',
      event: 'user.role_set',
      actor: '$4',
      userId: 'id',
      details: `jsonb_build_object('from', was, 'to', $2::text)`,
    })})
    SELECT id FROM changed`,
};

/**
 * Gives a person another role. The gateway goes by it at once; access tokens name the earlier one until they run out.
 *
 * @throws InvalidInput "role" · DomainError USER_NOT_FOUND
 */
export async function setUserRole(
  { userId, role, actor }: { userId: string; role: string; actor: Actor },
  { database, roles }: { database: Database; roles: readonly string[] },
): Promise<void> {
  const changed = await database.query(SET_ROLE, [userId, readRole(role, roles), uuidv7(), actor]);
  if (changed.length === 0) throw new DomainError('USER_NOT_FOUND');
}
