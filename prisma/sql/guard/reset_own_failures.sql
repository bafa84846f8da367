-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/guesses/reset-own-failures.ts
-- :phone      text
-- :deviceHash bytea, or null
-- :network    text, or null
WITH
  locked AS (
    SELECT *
    FROM guess_failures
    WHERE
      subject IN (
        :phone,
        coalesce((:phone || ' on ' || encode(:deviceHash::bytea, 'hex')), (:phone || ' from ' || :network), :phone)
      )
    ORDER BY subject
    FOR UPDATE
  ),
  own AS (
    SELECT
      subject,
      total_failures,
      CASE
        WHEN locked.hour_started_at > now() - interval '1 hour' THEN hour_failures
        ELSE 0
      END AS hour_failures,
      CASE
        WHEN locked.day_started_at > now() - interval '1 day' THEN day_failures
        ELSE 0
      END AS day_failures
    FROM locked
    WHERE
      subject = coalesce((:phone || ' on ' || encode(:deviceHash::bytea, 'hex')), (:phone || ' from ' || :network), :phone)
  )
UPDATE guess_failures f
SET
  hour_failures = CASE
    WHEN f.subject = own.subject THEN 0
    ELSE greatest(0, f.hour_failures - own.hour_failures)
  END,
  day_failures = CASE
    WHEN f.subject = own.subject THEN 0
    ELSE greatest(0, f.day_failures - own.day_failures)
  END,
  total_failures = CASE
    WHEN f.subject = own.subject THEN 0
    ELSE greatest(0, f.total_failures - own.total_failures)
  END
FROM own
WHERE
  f.subject = own.subject
  OR (
    f.subject = :phone
    AND :deviceHash::bytea IS NULL
  )
