-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/send-budgets.ts
-- :subjects text[]
UPDATE send_budgets b
SET
  hour_sends = greatest(0, b.hour_sends - 1),
  day_sends = greatest(0, b.day_sends - 1)
FROM
  (
    SELECT subject
    FROM send_budgets
    WHERE subject = ANY (:subjects::text[])
    ORDER BY subject COLLATE "C"
    FOR UPDATE
  ) AS locked
WHERE b.subject = locked.subject
