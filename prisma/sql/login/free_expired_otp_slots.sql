-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/slots.ts
-- :phone text
-- :slots int4[]
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
  )::int AS free_after
FROM login_attempts
WHERE
  phone = :phone
  AND method = 'OTP'
  AND status = 'PENDING'
  AND expires_at > now()
  AND active_slot = ANY (:slots::int[])
