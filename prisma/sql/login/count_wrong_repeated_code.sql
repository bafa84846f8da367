-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/repeat-code.ts
-- :attemptId uuid
-- :maxTries  int2
-- :networks  text[]
WITH
  claimed AS (
    SELECT
      id,
      phone,
      device_hash,
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
  failed_subject AS (
    INSERT INTO
      guess_failures AS f (
        subject,
        hour_started_at,
        hour_failures,
        day_started_at,
        day_failures,
        total_failures,
        day_targets,
        day_verified,
        previous_day_verified
      )
    SELECT
      subject,
      now(),
      failures,
      now(),
      failures,
      failures,
      targets,
      verified,
      0
    FROM
      (
        SELECT
          coalesce((phone || ' on ' || encode(device_hash, 'hex')), phone) AS subject,
          1 AS failures,
          0 AS targets,
          0 AS verified
        FROM claimed
      ) AS added
    ON CONFLICT (subject) DO UPDATE
    SET
      hour_started_at = CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at
        ELSE now()
      END,
      hour_failures = excluded.hour_failures + CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_failures
        ELSE 0
      END,
      day_started_at = CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_started_at
        ELSE now()
      END,
      day_failures = excluded.day_failures + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_failures
        ELSE 0
      END,
      day_targets = excluded.day_targets + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_targets
        ELSE 0
      END,
      day_verified = excluded.day_verified + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified
        ELSE 0
      END,
      previous_day_verified = CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.previous_day_verified
        WHEN f.day_started_at > now() - interval '2 days' THEN f.day_verified
        ELSE 0
      END,
      total_failures = excluded.total_failures + CASE
        WHEN f.day_started_at > now() - interval '90 days' THEN f.total_failures
        ELSE 0
      END
    RETURNING
      f.subject,
      f.day_failures = 1 AS is_first_today
  ),
  failed_client AS (
    INSERT INTO
      guess_failures AS f (
        subject,
        hour_started_at,
        hour_failures,
        day_started_at,
        day_failures,
        total_failures,
        day_targets,
        day_verified,
        previous_day_verified
      )
    SELECT
      subject,
      now(),
      failures,
      now(),
      failures,
      failures,
      targets,
      verified,
      0
    FROM
      (
        SELECT
          (phone || ' from ' || (:networks::text[]) [1]) AS subject,
          1 AS failures,
          0 AS targets,
          0 AS verified
        FROM
          claimed
          JOIN failed_subject ON true
        WHERE
          device_hash IS NULL
          AND (:networks::text[]) [1] IS NOT NULL
      ) AS added
    ON CONFLICT (subject) DO UPDATE
    SET
      hour_started_at = CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at
        ELSE now()
      END,
      hour_failures = excluded.hour_failures + CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_failures
        ELSE 0
      END,
      day_started_at = CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_started_at
        ELSE now()
      END,
      day_failures = excluded.day_failures + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_failures
        ELSE 0
      END,
      day_targets = excluded.day_targets + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_targets
        ELSE 0
      END,
      day_verified = excluded.day_verified + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified
        ELSE 0
      END,
      previous_day_verified = CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.previous_day_verified
        WHEN f.day_started_at > now() - interval '2 days' THEN f.day_verified
        ELSE 0
      END,
      total_failures = excluded.total_failures + CASE
        WHEN f.day_started_at > now() - interval '90 days' THEN f.total_failures
        ELSE 0
      END
    RETURNING
      f.subject,
      f.day_failures = 1 AS is_first_today
  ),
  failed_networks AS (
    INSERT INTO
      guess_failures AS f (
        subject,
        hour_started_at,
        hour_failures,
        day_started_at,
        day_failures,
        total_failures,
        day_targets,
        day_verified,
        previous_day_verified
      )
    SELECT
      subject,
      now(),
      failures,
      now(),
      failures,
      failures,
      targets,
      verified,
      0
    FROM
      (
        SELECT
          network AS subject,
          1 AS failures,
          is_first_today::int AS targets,
          0 AS verified
        FROM
          failed_client,
          unnest(:networks::text[]) AS network
        ORDER BY network COLLATE "C"
      ) AS added
    ON CONFLICT (subject) DO UPDATE
    SET
      hour_started_at = CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at
        ELSE now()
      END,
      hour_failures = excluded.hour_failures + CASE
        WHEN f.hour_started_at > now() - interval '1 hour' THEN f.hour_failures
        ELSE 0
      END,
      day_started_at = CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_started_at
        ELSE now()
      END,
      day_failures = excluded.day_failures + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_failures
        ELSE 0
      END,
      day_targets = excluded.day_targets + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_targets
        ELSE 0
      END,
      day_verified = excluded.day_verified + CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified
        ELSE 0
      END,
      previous_day_verified = CASE
        WHEN f.day_started_at > now() - interval '1 day' THEN f.previous_day_verified
        WHEN f.day_started_at > now() - interval '2 days' THEN f.day_verified
        ELSE 0
      END,
      total_failures = excluded.total_failures + CASE
        WHEN f.day_started_at > now() - interval '90 days' THEN f.total_failures
        ELSE 0
      END
    RETURNING
      f.subject,
      f.day_failures = 1 AS is_first_today
  ),
  failed_minute AS (
    INSERT INTO guess_minutes AS m (minute, shard, failed, verified)
    SELECT
      date_trunc('minute', now()),
      floor(random() * 4)::int,
      failed,
      verified
    FROM
      (
        SELECT
          1 AS failed,
          0 AS verified
        FROM claimed
      ) AS added
    ON CONFLICT (minute, shard) DO UPDATE
    SET
      failed = m.failed + excluded.failed,
      verified = m.verified + excluded.verified
  )
UPDATE login_attempts a
SET tries = a.tries + 1
FROM claimed
WHERE a.id = claimed.id
RETURNING a.tries
