-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/repeated-request.ts
-- :requestHash bytea
WITH
  expired AS (
    UPDATE login_attempts
    SET idempotency_hash = NULL
    WHERE
      idempotency_hash = :requestHash
      AND expires_at <= now()
  )
SELECT
  a.id,
  a.secret_hash,
  a.key_id,
  a.code_salt,
  a.status,
  a.expires_at,
  a.resend_at,
  a.failure_reason,
  a.code_length,
  latest.channel
FROM
  login_attempts a
  JOIN LATERAL (
    SELECT channel
    FROM sms_log
    WHERE attempt_id = a.id
    ORDER BY
      created_at DESC,
      id DESC
    LIMIT 1
  ) AS latest ON true
WHERE
  a.idempotency_hash = :requestHash
  AND a.expires_at > now()
