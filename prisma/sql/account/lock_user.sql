-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
SELECT
  phone,
  role,
  blocked,
  released_phone IS NOT NULL AS is_released
FROM users
WHERE id = :userId
FOR UPDATE
