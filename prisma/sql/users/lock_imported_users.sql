-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/apply.ts
-- On a connection that has run users/create_import_lines
-- :after int4
-- :upTo  int4
SELECT u.id
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
