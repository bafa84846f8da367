-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/cancel.ts
-- :attemptId  uuid
-- :secretHash bytea
SELECT
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue
FROM login_attempts a
WHERE
  a.id = :attemptId
  AND a.secret_hash = :secretHash
