-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/queue.ts
DELETE FROM notifications
WHERE
  id IN (
    SELECT id
    FROM notifications
    WHERE created_at < now() - interval '48 hours'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
