-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/users.ts
-- :adminRole text
-- :roles     text[]
SELECT
  count(*)::int AS total,
  count(*) FILTER (
    WHERE
      phone !~ '^\+[1-9][0-9]{6,14}$'
      AND released_phone IS NULL
  )::int AS unreachable,
  count(*) FILTER (
    WHERE
      role = :adminRole
      AND NOT blocked
  )::int AS admins,
  array_agg(DISTINCT role) FILTER (
    WHERE role <> ALL (:roles::text[])
  ) AS unknown_roles
FROM users
