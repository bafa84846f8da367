-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/budgets/read-spent-budgets.ts
-- :phone text
SELECT
  EXISTS (
    SELECT
    FROM users u
    WHERE
      u.phone = :phone::text
      AND u.created_at <= now() - interval '24 hours'
  ) AS of_user
