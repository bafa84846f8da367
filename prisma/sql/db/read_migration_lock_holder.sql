-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migrate.ts
-- :lock       int8
-- :prismaLock int8
SELECT
  l.pid,
  a.application_name AS application
FROM
  pg_locks l
  JOIN pg_database d ON d.oid = l.database
  AND d.datname = current_database()
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE
  l.locktype = 'advisory'
  AND l.granted
  AND l.objsubid = 1
  AND l.classid = 0
  AND l.objid::bigint IN (:lock, :prismaLock)
  AND l.pid <> pg_backend_pid()
LIMIT 1
