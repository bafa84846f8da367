-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
-- On a connection that has run users/create_import_lines
-- :after int4
-- :upTo  int4
SELECT
  line,
  phone,
  name,
  role,
  locale
FROM import_lines
WHERE
  line > :after::int
  AND line <= :upTo::int
