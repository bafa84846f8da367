import { v7 as uuidv7 } from 'uuid';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { array, int4, jsonb, text, uuid } from '../../db/types.js';
import { type Actor, auditedBy } from '../../events/audited-by.js';
import { endSignIns } from '../../sessions/end-sign-ins.js';
import { type Counts, countsOf } from './counts.js';
import {
  CREATE_STAGING_TABLE,
  DIFFERS,
  IN_SPAN,
  SPAN_PARAMETERS,
  type Span,
  type StagingDeps,
  copyStaged,
} from './staging.js';

/**
 * Adds the users whose phone is new. A user who gets another role than the first one has an audit entry. Here and
 * below, rows are locked in the order of their phones, so that two concurrent imports do not deadlock.
 */
const ADD_USERS = statement({
  name: 'users/import_new_users',
  after: CREATE_STAGING_TABLE,
  sql: `
    WITH lines AS (SELECT *, row_number() OVER (ORDER BY line) AS n FROM import_lines WHERE ${IN_SPAN}),
    added AS (
      INSERT INTO users (id, phone, name, role, locale)
      SELECT new_ids.id, phone, name, coalesce(role, :firstRole), locale
      FROM lines JOIN unnest(:userIds::uuid[]) WITH ORDINALITY AS new_ids (id, n) USING (n) ORDER BY phone
      ON CONFLICT (phone) DO NOTHING RETURNING id, role
    ),
    privileged AS (SELECT *, row_number() OVER () AS n FROM added WHERE role <> :firstRole),
    audited AS (${auditedBy(
      'privileged JOIN unnest(:entryIds::uuid[]) WITH ORDINALITY AS new_entries (entry_id, n) USING (n)',
      {
        id: 'entry_id',
        event: 'user.added',
        actor: ':actor',
        userId: 'id',
        details: `jsonb_build_object('role', role)`,
      },
    )})
    SELECT (SELECT count(*) FROM added)::int AS added, (SELECT count(*) FROM lines)::int AS lines`,
  parameters: { ...SPAN_PARAMETERS, firstRole: text, userIds: array(uuid), entryIds: array(uuid), actor: text },
  columns: { added: int4, lines: int4 },
});

/** SQL: the users of the lines `l` of a span that differ from them. */
const DIFFERING_USERS = `import_lines l JOIN users u ON u.phone = l.phone WHERE ${IN_SPAN} AND ${DIFFERS}`;

/** Locks the users that the next statement changes. It waits for their sign-ins, so that the next statement sees their sessions. */
const LOCK_CHANGED_USERS = statement({
  name: 'users/lock_imported_users',
  after: CREATE_STAGING_TABLE,
  sql: `SELECT u.id FROM ${DIFFERING_USERS} ORDER BY u.phone FOR UPDATE OF u`,
  parameters: SPAN_PARAMETERS,
  columns: { id: uuid },
});

/**
 * Changes existing users, including those who have signed up since the first statement left them out. As with
 * `setUserRole`, the sessions of users with another role end, and their devices are forgotten.
 */
const CHANGE_USERS = statement({
  name: 'users/import_changed_users',
  after: CREATE_STAGING_TABLE,
  sql: `
    WITH differing AS (
      SELECT u.id, u.role, l.name AS new_name, l.role AS new_role, l.locale AS new_locale
      FROM ${DIFFERING_USERS}
      ORDER BY u.phone FOR UPDATE OF u
    ),
    changed AS (
      UPDATE users u SET name = coalesce(new_name, u.name), role = coalesce(new_role, u.role),
                         locale = coalesce(new_locale, u.locale), updated_at = now()
      FROM differing WHERE u.id = differing.id RETURNING u.id, differing.role AS old_role, u.role AS new_role
    ),
    with_another_role AS (SELECT *, row_number() OVER () AS n FROM changed WHERE old_role <> new_role),
    ${endSignIns('with_another_role', 'role_changed')},
    audited AS (${auditedBy(
      'with_another_role JOIN unnest(:entryIds::uuid[]) WITH ORDINALITY AS new_entries (entry_id, n) USING (n)',
      {
        id: 'entry_id',
        event: 'user.role_set',
        actor: ':actor',
        userId: 'id',
        details: `jsonb_build_object('from', old_role, 'to', new_role, 'sessionsEnded',
          (SELECT count(*) FROM ended_sessions ended WHERE ended.user_id = with_another_role.id))`,
      },
    )})
    SELECT count(*)::int AS changed FROM changed`,
  parameters: { ...SPAN_PARAMETERS, entryIds: array(uuid), actor: text },
  columns: { changed: int4 },
});

const RECORD_IMPORT = statement({
  name: 'users/record_import',
  sql: auditedBy('(SELECT 1) AS entry', {
    id: ':entryId::uuid',
    event: 'users.imported',
    actor: ':actor',
    details: ':details::jsonb',
  }),
  parameters: { entryId: uuid, actor: text, details: jsonb },
  columns: {},
});

const BEGIN = statement({ name: 'users/begin_import_batch', sql: 'BEGIN', parameters: {}, columns: {} });
const COMMIT = statement({ name: 'users/commit_import_batch', sql: 'COMMIT', parameters: {}, columns: {} });
const ROLLBACK = statement({ name: 'users/rollback_import_batch', sql: 'ROLLBACK', parameters: {}, columns: {} });

export interface ApplyDeps extends StagingDeps {
  /** Writes the lines. It cannot be that of the staging transaction, because each batch has its own. */
  connection: Queryable;
}

/** Writes the lines in their own transaction, with the audit entries of their changes. */
export async function apply(
  { after, upTo, actor, firstRole }: Span & { actor: Actor; firstRole: string },
  { staging, connection }: ApplyDeps,
): Promise<Counts> {
  const newIds = () => Array.from({ length: upTo - after }, () => uuidv7());
  return inTransaction(connection, async () => {
    await copyStaged({ after, upTo }, { staging, connection });
    const additions = { after, upTo, firstRole, userIds: newIds(), entryIds: newIds(), actor };
    const [first] = await runStatement(connection, ADD_USERS, additions);
    await runStatement(connection, LOCK_CHANGED_USERS, { after, upTo });
    const [second] = await runStatement(connection, CHANGE_USERS, { after, upTo, entryIds: newIds(), actor });
    const counts = countsOf({ added: 0, lines: 0, changed: 0, ...first, ...second });
    const details = { ...counts, lines: [after + 1, upTo] };
    await runStatement(connection, RECORD_IMPORT, { entryId: uuidv7(), actor, details });
    return counts;
  });
}

async function inTransaction<T>(connection: Queryable, act: () => Promise<T>): Promise<T> {
  await runStatement(connection, BEGIN, {});
  try {
    const result = await act();
    await runStatement(connection, COMMIT, {});
    return result;
  } catch (error) {
    await runStatement(connection, ROLLBACK, {}).catch(() => {});
    throw error;
  }
}
