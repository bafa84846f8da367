-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/send-due.ts
WITH
  due AS (
    SELECT id
    FROM notifications
    WHERE
      send_at <= now()
      AND tries < 5
      AND (
        purpose <> 'CONFIRM_SIGN_IN'
        OR created_at > now() - interval '10 minutes'
      )
    ORDER BY send_at
    LIMIT 20
    FOR UPDATE SKIP LOCKED
  )
UPDATE notifications n
SET
  send_at = now() + interval '120 seconds',
  tries = n.tries + 1
FROM due
WHERE n.id = due.id
RETURNING
  n.id,
  n.purpose,
  n.user_id,
  n.phone,
  n.locale,
  n."values",
  n.created_at
