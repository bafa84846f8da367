-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
SELECT
  phone,
  role,
  blocked
FROM users
WHERE id = :userId
FOR UPDATE
