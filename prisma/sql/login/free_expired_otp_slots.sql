-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/slots.ts
-- :phone text
WITH
  expired AS (
    UPDATE login_attempts
    SET
      status = 'EXPIRED',
      version = version + 1
    WHERE
      phone = :phone
      AND method = 'OTP'
      AND status = 'PENDING'
      AND expires_at <= now()
  )
SELECT
  count(*)::int AS taken,
  ceil(
    extract(
      epoch
      FROM min(expires_at) - now()
    )
  )::int AS free_after,
  (
    SELECT
      CASE
        WHEN f.consecutive >= 100 THEN 86400
        ELSE greatest(
          1,
          ceil(
            extract(
              epoch
              FROM f.hour_started_at + interval '1 hour' - now()
            )
          )
        )::int
      END AS retry_after
    FROM phone_failures f
    WHERE
      f.phone = :phone
      AND (
        f.consecutive >= 100
        OR (
          f.hour_failures >= 10
          AND f.hour_started_at > now() - interval '1 hour'
        )
      )
  ) AS retry_after
FROM login_attempts
WHERE
  phone = :phone
  AND method = 'OTP'
  AND status = 'PENDING'
  AND expires_at > now()
