-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/events/guard-alarms.ts
-- :rule text
INSERT INTO guard_alarms AS g (rule, started_at, seen_at)
SELECT
  :rule,
  at,
  at
FROM
  (
    SELECT clock_timestamp() AS at
    OFFSET 0
  ) AS clock
ON CONFLICT (rule) DO UPDATE
SET
  (started_at, seen_at) = (
    SELECT
      CASE
        WHEN is_over THEN excluded.started_at
        ELSE g.started_at
      END,
      CASE
        WHEN is_over THEN excluded.seen_at
        ELSE greatest(excluded.seen_at, g.started_at + interval '1 millisecond')
      END
    FROM
      (
        SELECT g.seen_at < now() - interval '10 minutes' AS is_over
      ) AS episode
  )
RETURNING started_at = seen_at AS begins
