-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/partitions.ts
-- :tables   text[]
-- :firstIds uuid[]
SELECT
  p.relname::text AS table_name,
  pg_relation_size(d.oid) AS default_bytes,
  count(*)::int AS missing
FROM
  unnest(:tables::text[], :firstIds::uuid[]) AS period (table_name, first_id)
  JOIN pg_class p ON p.relname = period.table_name
  AND p.relkind = 'p'
  AND p.relnamespace = current_schema()::regnamespace
  JOIN pg_class d ON d.relname = period.table_name || '_default'
  AND d.relnamespace = p.relnamespace
WHERE
  pg_relation_size(d.oid) > 0
  AND NOT EXISTS (
    SELECT
    FROM
      pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid,
      pg_get_expr(c.relpartbound, c.oid) AS b (bound)
    WHERE
      i.inhparent = p.oid
      AND c.oid <> d.oid
      AND coalesce(
        substring(
          b.bound
          FROM 'FROM \(''([0-9a-f-]+)''\)'
        )::uuid <= period.first_id,
        true
      )
      AND substring(
        b.bound
        FROM 'TO \(''([0-9a-f-]+)''\)'
      )::uuid > period.first_id
  )
GROUP BY
  p.relname,
  d.oid
ORDER BY p.relname
