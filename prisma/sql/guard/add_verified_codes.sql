-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/guesses/count-right-codes.ts
-- :networks text[]
-- :counts   int4[]
WITH
  added AS (
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
          subject,
          0 AS failures,
          0 AS targets,
          verified
        FROM unnest(:networks::text[], :counts::int[]) AS network(subject, verified)
        ORDER BY subject COLLATE "C"
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
  )
SELECT count(*)::int AS networks
FROM added
