-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/attempts/fail-attempt.ts
-- :reason    failure_reason
-- :attemptId uuid
UPDATE login_attempts a
SET
  status = 'FAILED',
  failure_reason = :reason,
  version = version + 1
WHERE
  id = :attemptId
  AND status = 'PENDING'
  AND expires_at > now()
RETURNING
  a.id,
  a.method,
  a.phone,
  a.expires_at,
  a.failure_reason,
  a.key_id,
  a.code_salt,
  a.tries,
  a.needs_approval,
  a.status,
  a.version
