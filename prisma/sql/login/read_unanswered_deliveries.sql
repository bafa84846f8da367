-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/find-unanswered.ts
-- :phone   text
-- :channel text
SELECT
  s.id AS delivery_id,
  a.id AS attempt_id,
  a.key_id,
  a.code_salt,
  a.code_length
FROM
  login_attempts a
  JOIN sms_log s ON s.attempt_id = a.id
WHERE
  a.phone = :phone
  AND a.method = 'OTP'
  AND a.status = 'PENDING'
  AND s.channel = :channel
  AND s.status = 'QUEUED'
  AND s.provider_id IS NULL
  AND s.failure IS NULL
ORDER BY s.created_at
LIMIT 20
