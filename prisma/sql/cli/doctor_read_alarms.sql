-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/alarms.ts
-- :since  uuid
-- :events text[]
SELECT
  event,
  count(*)::int AS entries,
  (
    array_agg(
      ip
      ORDER BY id DESC
    )
  ) [1] AS ip
FROM audit_log
WHERE
  id >= :since
  AND event = ANY (:events::text[])
GROUP BY event
