-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/spray-alarm.ts
-- :rule text
INSERT INTO guard_alarms AS g (rule, started_at, seen_at)
VALUES (:rule, clock_timestamp(), clock_timestamp())
ON CONFLICT (rule) DO UPDATE
SET
  started_at = CASE
    WHEN g.seen_at < now() - interval '10 minutes' THEN excluded.started_at
    ELSE g.started_at
  END,
  seen_at = excluded.seen_at
RETURNING started_at = seen_at AS begins
