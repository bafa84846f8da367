-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/events/guard-alarms.ts
-- :kind text
-- :key  text
WITH
  past AS (
    DELETE FROM guard_alarms
    WHERE
      rule IN (
        SELECT rule
        FROM guard_alarms
        WHERE
          starts_with(rule, :kind::text || ' ')
          AND rule <> :key
          AND seen_at < now() - interval '60 minutes'
        FOR UPDATE SKIP LOCKED
      )
  )
INSERT INTO guard_alarms AS g (rule, started_at, seen_at)
SELECT
  :key,
  at,
  at
FROM
  (
    SELECT clock_timestamp() AS at
    OFFSET 0
  ) AS clock
WHERE
  EXISTS (
    SELECT
    FROM guard_alarms
    WHERE rule = :key
  )
  OR :kind::text = 'blocked'
  OR 100 > (
    SELECT count(*)
    FROM guard_alarms
    WHERE
      starts_with(rule, :kind::text || ' ')
      AND seen_at >= now() - interval '60 minutes'
  )
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
        SELECT g.seen_at < now() - interval '60 minutes' AS is_over
      ) AS episode
  )
RETURNING started_at = seen_at AS begins
