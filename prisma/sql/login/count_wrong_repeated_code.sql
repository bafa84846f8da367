-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/repeat-code.ts
-- :attemptId uuid
-- :maxTries  int2
WITH
  claimed AS (
    SELECT
      id,
      phone,
      session_id
    FROM login_attempts a
    WHERE
      id = :attemptId
      AND method = 'OTP'
      AND status = 'CLAIMED'
      AND tries < :maxTries
      AND a.claimed_at > now() - interval '60 seconds'
    FOR UPDATE
  ),
  counted AS (
    INSERT INTO phone_failures AS f (phone, hour_started_at, hour_failures, consecutive)
    SELECT
      phone,
      now(),
      1,
      1
    FROM claimed
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
SET tries = a.tries + 1
FROM claimed
WHERE a.id = claimed.id
RETURNING a.tries
