-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/silence-watch.ts
-- :pids int4[]
SELECT pid
FROM pg_stat_activity
WHERE
  pid = ANY (:pids::int[])
  AND (
    state IS NULL
    OR state NOT LIKE 'idle%'
    OR state_change > clock_timestamp() - interval '500 milliseconds'
  )
