-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-rows.ts
DELETE FROM sessions
WHERE
  id IN (
    SELECT id
    FROM sessions
    WHERE
      user_id IS NULL
      AND revoked_at < now() - interval '1 day'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
