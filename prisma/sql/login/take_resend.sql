-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/resend.ts
-- :attemptId  uuid
-- :secretHash bytea
WITH
  taken AS (
    UPDATE login_attempts a
    SET
      resend_at = now() + interval '60 seconds',
      version = version + 1
    WHERE
      id = :attemptId
      AND secret_hash = :secretHash
      AND method = 'OTP'
      AND status = 'PENDING'
      AND expires_at > now()
      AND resend_at <= now()
    RETURNING resend_at
  )
SELECT
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue,
  a.phone,
  a.key_id,
  a.code_salt,
  a.code_length,
  a.locale,
  a.expires_at,
  taken.resend_at,
  greatest(
    ceil(
      extract(
        epoch
        FROM a.resend_at - now()
      )
    )::int,
    1
  ) AS wait_seconds,
  a.client_ip,
  a.user_agent,
  ARRAY(
    SELECT DISTINCT d.channel
    FROM sms_log d
    WHERE
      d.attempt_id = a.id
      AND (
        d.failure IN ('not_on_channel', 'country_refused')
        OR (
          d.failure = 'suppressed'
          AND d.detail = 'not_on_channel'
          AND coalesce(d.failover_at, now()) <= now()
        )
      )
  ) AS unreaching_channels,
  ARRAY(
    SELECT d.channel
    FROM sms_log d
    WHERE
      d.attempt_id = a.id
      AND (
        d.status IN ('QUEUED', 'ACCEPTED', 'SENT')
        OR (
          d.failure = 'suppressed'
          AND d.failover_at > now()
        )
      )
    GROUP BY d.channel
    HAVING count(*) >= 2
  ) AS silent_channels,
  a.purpose,
  a.purpose = 'CHANGE_PHONE'
  OR EXISTS (
    SELECT 1
    FROM users u
    WHERE u.phone = a.phone
  ) AS expects_code
FROM
  login_attempts a
  LEFT JOIN taken ON true
WHERE
  a.id = :attemptId
  AND a.secret_hash = :secretHash
  AND a.method = 'OTP'
