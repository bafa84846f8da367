-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/approve.ts
-- :attemptId uuid
SELECT
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue
FROM login_attempts a
WHERE a.id = :attemptId
