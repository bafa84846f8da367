-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/deny-sign-ins.ts
-- :phone  text
-- :sentAt timestamptz
SELECT n.id
FROM notifications n
WHERE
  n.phone = :phone
  AND n.purpose = 'NEW_DEVICE'
  AND n.answered_at IS NULL
  AND n.created_at > now() - interval '24 hours'
  AND :sentAt::timestamptz BETWEEN n.created_at - interval '10 seconds' AND now() + interval '60 seconds'
  AND NOT EXISTS (
    SELECT
    FROM users given
    WHERE
      given.id = n.user_id
      AND given.phone_set_at >= n.created_at
  )
UNION ALL
SELECT a.id
FROM login_attempts a
WHERE
  a.phone = :phone
  AND a.purpose = 'SIGN_IN'
  AND a.status IN ('CONFIRMING', 'COMPLETED')
  AND a.expires_at > now()
  AND :sentAt::timestamptz BETWEEN a.completed_at - interval '10 seconds' AND now() + interval '60 seconds'
LIMIT 1
