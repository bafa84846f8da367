-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/cancel-waiting-sign-ins.ts
-- :userId uuid
WITH
  waiting AS (
    SELECT id
    FROM login_attempts
    WHERE
      user_id = :userId
      AND purpose = 'SIGN_IN'
      AND status IN ('CONFIRMING', 'COMPLETED')
      AND expires_at > now()
    ORDER BY id
    FOR UPDATE
  )
UPDATE login_attempts a
SET
  status = 'CANCELED',
  version = a.version + 1
FROM waiting
WHERE a.id = waiting.id
RETURNING a.id
