-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/invalid-indexes.ts
SELECT
  c.relname::text AS name,
  format(
    CASE
      WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN 'DROP INDEX CONCURRENTLY %I'
      ELSE 'REINDEX INDEX CONCURRENTLY %I'
    END,
    c.relname
  ) AS repair
FROM
  pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
WHERE
  NOT i.indisvalid
  AND c.relkind = 'i'
  AND c.relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (
    SELECT
    FROM pg_stat_progress_create_index p
    WHERE p.index_relid = i.indexrelid
  )
ORDER BY c.relname
