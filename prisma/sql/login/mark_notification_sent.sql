-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/queue.ts
-- :id uuid
UPDATE notifications
SET send_at = NULL
WHERE id = :id
