-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM guess_failures
WHERE
  subject IN (
    SELECT subject
    FROM guess_failures
    WHERE
      day_started_at < now() - interval '2 days'
      AND (
        NOT (
          subject LIKE '+%'
          AND subject NOT LIKE '% from %'
        )
        OR day_started_at < now() - interval '91 days'
      )
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING subject AS deleted
