-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/count-wrong-code.ts
-- :attemptId uuid
-- :maxTries  int4
WITH
  pending AS (
    SELECT
      id,
      phone
    FROM login_attempts
    WHERE
      id = :attemptId
      AND method = 'OTP'
      AND status = 'PENDING'
      AND expires_at > now()
    FOR UPDATE
  ),
  counted AS (
    INSERT INTO phone_failures AS f (phone, hour_started_at, hour_failures, consecutive)
    SELECT
      phone,
      now(),
      1,
      1
    FROM pending
    ON CONFLICT (phone) DO UPDATE
    SET
      hour_started_at = CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at
        ELSE now()
      END,
      hour_failures = CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_failures + 1
        ELSE 1
      END,
      consecutive = f.consecutive + 1
    WHERE
      NOT (
        f.consecutive >= 100
        OR (
          f.hour_failures >= 10
          AND f.hour_started_at > now() - interval '1 hour'
        )
      )
    RETURNING f.phone
  )
UPDATE login_attempts a
SET
  tries = a.tries + 1,
  status = CASE
    WHEN a.tries + 1 >= :maxTries THEN 'FAILED'
    ELSE a.status
  END,
  failure_reason = CASE
    WHEN a.tries + 1 >= :maxTries THEN 'TOO_MANY_TRIES'::failure_reason
  END,
  version = CASE
    WHEN a.tries + 1 >= :maxTries THEN a.version + 1
    ELSE a.version
  END
FROM
  pending
  LEFT JOIN counted ON true
WHERE a.id = pending.id
RETURNING
  a.tries,
  counted.phone IS NOT NULL AS counted
