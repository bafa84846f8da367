-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migration-lock-wait.ts
WITH
  own_database AS (
    SELECT oid
    FROM pg_database
    WHERE datname = current_database()
  ),
  waiting AS (
    SELECT
      pid,
      blocked_by
    FROM
      (
        SELECT
          a.pid,
          a.wait_event,
          array_remove(pg_blocking_pids(a.pid), pg_backend_pid()) AS blocked_by
        FROM
          pg_stat_activity a
          JOIN own_database d ON a.datid = d.oid
        WHERE
          a.application_name = 'phonegate migrate'
          AND a.state = 'active'
      ) AS migrating
    WHERE
      cardinality(blocked_by) > 0
      OR wait_event = 'PgSleep'
    LIMIT 1
  ),
  holder AS (
    SELECT
      l.pid,
      c.relname::text AS table_name,
      a.application_name::text AS application
    FROM
      waiting w
      CROSS JOIN own_database d
      JOIN pg_locks l ON l.granted
      AND l.pid <> w.pid
      LEFT JOIN pg_class c ON l.locktype = 'relation'
      AND l.database = d.oid
      AND c.oid = l.relation
      AND c.relkind IN ('r', 'p')
      AND c.relnamespace = current_schema()::regnamespace
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE
      l.pid = ANY (w.blocked_by)
      OR (
        c.oid IS NOT NULL
        AND a.application_name IS DISTINCT FROM 'phonegate migrate'
      )
    ORDER BY
      l.pid = ANY (w.blocked_by) DESC,
      c.relname IS NULL,
      a.xact_start NULLS LAST
    LIMIT 1
  )
SELECT
  w.pid AS migration_pid,
  h.pid,
  h.application,
  h.table_name
FROM
  waiting w
  LEFT JOIN holder h ON true
