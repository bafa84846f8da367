-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/resend.ts
-- :attemptId uuid
-- :resendAt  timestamptz
UPDATE login_attempts
SET resend_at = now()
WHERE
  id = :attemptId
  AND resend_at = :resendAt
