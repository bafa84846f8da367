-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/embedded/owner.ts
-- :lock int8
SELECT application_name
FROM
  pg_locks
  JOIN pg_stat_activity USING (pid)
WHERE
  locktype = 'advisory'
  AND granted
  AND (classid::bigint << 32) | objid::bigint = :lock
