-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/repeated-request.ts
-- :attemptId uuid
UPDATE login_attempts
SET idempotency_hash = NULL
WHERE
  id = :attemptId
  AND idempotency_hash IS NOT NULL
