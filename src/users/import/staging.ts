import { v7 as uuidv7 } from 'uuid';
import { type Actor, auditedBy } from '../../events/audited-by.js';
import type { Statement } from '../../db/database.js';
import type { ImportedUser } from './read-user.js';

/** One connection for all of it: what is put aside is seen by no other, and gone with it. */
export interface Connection {
  query<Row>(statement: Statement, values: unknown[]): Promise<Row[]>;
}

export interface Line extends ImportedUser {
  line: number;
}

/** Lines of the file, from the first after `after` to `upTo`. */
export interface Span {
  after: number;
  upTo: number;
}

export interface Counts {
  new: number;
  changed: number;
  unchanged: number;
}

const sql = (name: string, text: string): Statement => ({ name: `import_${name}`, text });
const LINES_OF_SPAN = 'line > $1::int AND line <= $2::int';

const CREATE = sql(
  'create',
  `CREATE TEMP TABLE import_lines (line int PRIMARY KEY, phone text NOT NULL UNIQUE, name text, role text, locale text)`,
);
const READ_ONLY = sql('read_only', `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`);

/** The first line that has a phone keeps it, in the file and so within a batch too. */
const STAGE = sql(
  'put_aside',
  `WITH given AS (
     SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) AS g (line, phone, name, role, locale)
   ),
   kept AS (INSERT INTO import_lines SELECT * FROM given ORDER BY line ON CONFLICT (phone) DO NOTHING RETURNING line, phone)
   SELECT g.line, coalesce(same.line, (SELECT i.line FROM import_lines i WHERE i.phone = g.phone)) AS first
   FROM given g LEFT JOIN kept same ON same.phone = g.phone
   WHERE same.line IS DISTINCT FROM g.line`,
);

/** What a line says and a person's row does not. An empty field says nothing. */
const DIFFERS = `((l.name IS NOT NULL AND l.name IS DISTINCT FROM u.name) OR (l.role IS NOT NULL AND l.role <> u.role)
                  OR (l.locale IS NOT NULL AND l.locale IS DISTINCT FROM u.locale))`;

const LOOK = sql(
  'look',
  `SELECT count(*) FILTER (WHERE u.id IS NULL)::int AS new, count(*) FILTER (WHERE u.id IS NOT NULL AND ${DIFFERS})::int AS changed,
          count(*)::int AS lines
   FROM import_lines l LEFT JOIN users u ON u.phone = l.phone WHERE ${LINES_OF_SPAN}`,
);

/** Whoever gets more than the first role is named in the audit log. Rows are locked in the order of their phones: two imports at once wait for each other, and not each for the other. */
const ADD = sql(
  'add',
  `WITH lines AS (SELECT *, row_number() OVER (ORDER BY line) AS n FROM import_lines WHERE ${LINES_OF_SPAN}),
   added AS (
     INSERT INTO users (id, phone, name, role, locale)
     SELECT fresh.id, phone, name, coalesce(role, $4), locale
     FROM lines JOIN unnest($3::uuid[]) WITH ORDINALITY AS fresh (id, n) USING (n) ORDER BY phone
     ON CONFLICT (phone) DO NOTHING RETURNING id, role
   ),
   privileged AS (SELECT *, row_number() OVER () AS n FROM added WHERE role <> $4),
   audited AS (${auditedBy('privileged JOIN unnest($5::uuid[]) WITH ORDINALITY AS fresh (entry, n) USING (n)', {
     id: 'entry',
     event: 'user.added',
     actor: '$6',
     userId: 'id',
     details: `jsonb_build_object('role', role)`,
   })})
   SELECT (SELECT count(*) FROM added)::int AS new, (SELECT count(*) FROM lines)::int AS lines`,
);

/** Also finds who has signed up since: whoever ADD left out is there by now. */
const CHANGE = sql(
  'change',
  `WITH before AS (
     SELECT u.id, u.role, l.name AS new_name, l.role AS new_role, l.locale AS new_locale
     FROM import_lines l JOIN users u ON u.phone = l.phone WHERE ${LINES_OF_SPAN} AND ${DIFFERS}
     ORDER BY u.phone FOR UPDATE OF u
   ),
   changed AS (
     UPDATE users u SET name = coalesce(new_name, u.name), role = coalesce(new_role, u.role), locale = coalesce(new_locale, u.locale),
                        updated_at = now()
     FROM before WHERE u.id = before.id RETURNING u.id, before.role AS was, u.role AS is_now
   ),
   with_another_role AS (SELECT *, row_number() OVER () AS n FROM changed WHERE was <> is_now),
   audited AS (${auditedBy('with_another_role JOIN unnest($3::uuid[]) WITH ORDINALITY AS fresh (entry, n) USING (n)', {
     id: 'entry',
     event: 'user.role_set',
     actor: '$4',
     userId: 'id',
     details: `jsonb_build_object('from', was, 'to', is_now)`,
   })})
   SELECT count(*)::int AS changed FROM changed`,
);

const NOTE = sql(
  'note',
  auditedBy('(SELECT 1) AS once', { id: '$1::uuid', event: 'users.imported', actor: '$2', details: '$3::jsonb' }),
);

/** Where lines are put aside. Without `writable` the connection can change nothing else from here on. */
export async function createStaging(connection: Connection, { writable }: { writable: boolean }): Promise<void> {
  await connection.query(CREATE, []);
  if (!writable) await connection.query(READ_ONLY, []);
}

/** @returns the lines whose phone an earlier line has. */
export async function stage(lines: Line[], connection: Connection): Promise<{ line: number; first: number }[]> {
  const column = <T>(read: (line: Line) => T) => lines.map(read);
  return connection.query(STAGE, [
    column(({ line }) => line),
    column(({ phone }) => phone),
    column(({ name }) => name),
    column(({ role }) => role),
    column(({ locale }) => locale),
  ]);
}

/** What writing the lines would do. */
export async function look({ after, upTo }: Span, connection: Connection): Promise<Counts> {
  const [row] = await connection.query<{ new: number; changed: number; lines: number }>(LOOK, [after, upTo]);
  return sums(row?.new, row?.changed, row?.lines);
}

/** Writes the lines, in a transaction of their own, with what the audit log has to say of it. */
export async function write(
  { after, upTo }: Span,
  { actor, firstRole }: { actor: Actor; firstRole: string },
  connection: Connection,
): Promise<Counts> {
  const ids = () => Array.from({ length: upTo - after }, () => uuidv7());
  await connection.query(sql('begin', 'BEGIN'), []);
  try {
    const [added] = await connection.query<{ new: number; lines: number }>(ADD, [
      after,
      upTo,
      ids(),
      firstRole,
      ids(),
      actor,
    ]);
    const [row] = await connection.query<{ changed: number }>(CHANGE, [after, upTo, ids(), actor]);
    const written = sums(added?.new, row?.changed, added?.lines);
    await connection.query(NOTE, [uuidv7(), actor, JSON.stringify({ ...written, lines: [after + 1, upTo] })]);
    await connection.query(sql('commit', 'COMMIT'), []);
    return written;
  } catch (error) {
    await connection.query(sql('rollback', 'ROLLBACK'), []).catch(() => {});
    throw error;
  }
}

const sums = (added = 0, changed = 0, lines = 0): Counts => ({
  new: added,
  changed,
  unchanged: lines - added - changed,
});
