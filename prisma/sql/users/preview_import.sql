-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/preview.ts
-- On a connection that has run users/create_import_lines
-- :after int4
-- :upTo  int4
SELECT
  count(*) FILTER (
    WHERE u.id IS NULL
  )::int AS added,
  count(*) FILTER (
    WHERE
      u.id IS NOT NULL
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
  )::int AS changed,
  count(*)::int AS lines
FROM
  import_lines l
  LEFT JOIN users u ON u.phone = l.phone
WHERE
  line > :after::int
  AND line <= :upTo::int
