-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/apply.ts
-- On a connection that has run users/create_import_lines
-- :after    int4
-- :upTo     int4
-- :actor    text
-- :entryIds uuid[]
WITH
  differing AS (
    SELECT
      u.id,
      u.role,
      l.name AS new_name,
      l.role AS new_role,
      l.locale AS new_locale
    FROM
      import_lines l
      JOIN users u ON u.phone = l.phone
    WHERE
      line > :after::int
      AND line <= :upTo::int
      AND (
        (
          l.name IS NOT NULL
          AND l.name IS DISTINCT FROM u.name
        )
        OR (
          l.role IS NOT NULL
          AND l.role <> u.role
        )
        OR (
          l.locale IS NOT NULL
          AND l.locale IS DISTINCT FROM u.locale
        )
      )
    ORDER BY u.phone
    FOR UPDATE OF u
  ),
  changed AS (
    UPDATE users u
    SET
      name = coalesce(new_name, u.name),
      role = coalesce(new_role, u.role),
      locale = coalesce(new_locale, u.locale),
      updated_at = now()
    FROM differing
    WHERE u.id = differing.id
    RETURNING
      u.id,
      differing.role AS old_role,
      u.role AS new_role
  ),
  with_another_role AS (
    SELECT
      *,
      row_number() OVER () AS n
    FROM changed
    WHERE old_role <> new_role
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      entry_id,
      'user.role_set',
      :actor,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('from', old_role, 'to', new_role)
    FROM
      with_another_role
      JOIN unnest(:entryIds::uuid[]) WITH ORDINALITY AS new_entries (entry_id, n) USING (n)
  )
SELECT count(*)::int AS changed
FROM changed
