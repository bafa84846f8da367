-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/attempts/fail-attempt.ts
-- :reason    failure_reason
-- :attemptId uuid
UPDATE login_attempts
SET
  status = 'FAILED',
  failure_reason = :reason,
  version = version + 1
WHERE
  id = :attemptId
  AND status = 'PENDING'
  AND expires_at > now()
RETURNING id
