-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/check-code.ts
-- :attemptId  uuid
-- :secretHash bytea
-- :purpose    attempt_purpose
-- :userId     uuid, or null
SELECT
  a.phone,
  a.key_id,
  a.code_salt,
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue,
  a.claimed_at > now() - interval '60 seconds' AS just_claimed,
  EXISTS (
    SELECT 1
    FROM phone_failures f
    WHERE f.phone = a.phone
  ) AS failed_before
FROM login_attempts a
WHERE
  a.id = :attemptId
  AND a.secret_hash = :secretHash
  AND a.method = 'OTP'
  AND a.purpose = :purpose
  AND (
    :userId::uuid IS NULL
    OR a.user_id = :userId
  )
