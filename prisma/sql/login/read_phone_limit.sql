-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/check-code.ts
-- :phone text
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
