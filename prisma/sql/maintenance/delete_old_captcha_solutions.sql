-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-counters.ts
DELETE FROM captcha_solutions
WHERE
  id IN (
    SELECT id
    FROM captcha_solutions
    WHERE solved_at < now() - interval '1 hour'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id AS deleted
