-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/apply.ts
-- On a connection that has run users/create_import_lines
-- :after     int4
-- :upTo      int4
-- :firstRole text
-- :userIds   uuid[]
-- :actor     text
-- :entryIds  uuid[]
WITH
  lines AS (
    SELECT
      *,
      row_number() OVER (
        ORDER BY line
      ) AS n
    FROM import_lines
    WHERE
      line > :after::int
      AND line <= :upTo::int
  ),
  added AS (
    INSERT INTO users (id, phone, name, role, locale)
    SELECT
      new_ids.id,
      phone,
      name,
      coalesce(role, :firstRole),
      locale
    FROM
      lines
      JOIN unnest(:userIds::uuid[]) WITH ORDINALITY AS new_ids (id, n) USING (n)
    ORDER BY phone
    ON CONFLICT (phone) DO NOTHING
    RETURNING
      id,
      role
  ),
  privileged AS (
    SELECT
      *,
      row_number() OVER () AS n
    FROM added
    WHERE role <> :firstRole
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      entry_id,
      'user.added',
      :actor,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('role', role)
    FROM
      privileged
      JOIN unnest(:entryIds::uuid[]) WITH ORDINALITY AS new_entries (entry_id, n) USING (n)
  )
SELECT
  (
    SELECT count(*)
    FROM added
  )::int AS added,
  (
    SELECT count(*)
    FROM lines
  )::int AS lines
