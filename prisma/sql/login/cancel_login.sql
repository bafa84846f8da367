-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/cancel.ts
-- :attemptId  uuid
-- :secretHash bytea
UPDATE login_attempts
SET
  status = 'CANCELED',
  version = version + 1
WHERE
  id = :attemptId
  AND secret_hash = :secretHash
  AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
  AND expires_at > now()
RETURNING
  method = 'WHATSAPP'
  AND completed_at IS NULL AS came_to_nothing
