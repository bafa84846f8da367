-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/test-phones.ts
-- :phones text[]
-- :role   text
SELECT phone
FROM users
WHERE
  phone = ANY (:phones::text[])
  AND role <> :role
ORDER BY phone
