-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
-- On a connection that has run users/create_import_lines
-- :lines   int4[]
-- :phones  text[]
-- :names   text[]
-- :roles   text[]
-- :locales text[]
WITH
  batch AS (
    SELECT *
    FROM
      unnest(:lines::int[], :phones::text[], :names::text[], :roles::text[], :locales::text[]) AS batch (line, phone, name, role, locale)
  ),
  staged AS (
    INSERT INTO import_lines
    SELECT *
    FROM batch
    ORDER BY line
    ON CONFLICT (phone) DO NOTHING
    RETURNING
      line,
      phone
  )
SELECT
  batch.line,
  coalesce(
    staged.line,
    (
      SELECT earlier.line
      FROM import_lines earlier
      WHERE earlier.phone = batch.phone
    )
  ) AS first_line
FROM
  batch
  LEFT JOIN staged ON staged.phone = batch.phone
WHERE staged.line IS DISTINCT FROM batch.line
