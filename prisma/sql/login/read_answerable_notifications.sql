-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/end-denied.ts
-- :phone  text
-- :sentAt timestamptz
SELECT n.id
FROM notifications n
WHERE
  n.phone = :phone
  AND n.purpose = 'NEW_DEVICE'
  AND n.answered_at IS NULL
  AND n.created_at > now() - interval '24 hours'
  AND NOT EXISTS (
    SELECT
    FROM users u
    WHERE
      u.phone = n.phone
      AND u.id <> n.user_id
  )
  AND :sentAt::timestamptz BETWEEN n.created_at - interval '10 seconds' AND now() + interval '60 seconds'
LIMIT 1
