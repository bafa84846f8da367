-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/reset-phone-limits.ts
-- :phone text
WITH
  sends AS (
    UPDATE budgets
    SET
      minute_sends = 0,
      hour_sends = 0,
      day_sends = 0,
      hour_cost = 0,
      day_cost = 0
    WHERE
      (
        subject = :phone
        OR (
          subject > :phone || ' '
          AND subject < :phone || '!'
        )
      )
      AND scope <> 20
  )
UPDATE guess_failures
SET
  hour_failures = 0,
  day_failures = 0,
  total_failures = 0
WHERE
  (
    subject = :phone
    OR (
      subject > :phone || ' '
      AND subject < :phone || '!'
    )
  )
