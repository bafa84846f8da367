-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/give-back.ts
-- :cost     int4
-- :subjects text[]
UPDATE budgets b
SET
  minute_sends = greatest(0, b.minute_sends - 50),
  hour_sends = greatest(0, b.hour_sends - 50),
  day_sends = greatest(0, b.day_sends - 50),
  hour_cost = greatest(0, b.hour_cost - :cost::int),
  day_cost = greatest(0, b.day_cost - :cost::int)
FROM
  (
    SELECT subject
    FROM budgets
    WHERE subject = ANY (:subjects::text[])
    ORDER BY
      scope,
      subject
    FOR UPDATE
  ) AS locked
WHERE b.subject = locked.subject
