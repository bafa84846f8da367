-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
SELECT id
FROM users
WHERE
  role = 'ADMIN'
  AND NOT blocked
  AND EXISTS (
    SELECT 1
    FROM users
    WHERE
      id = :userId
      AND role = 'ADMIN'
  )
ORDER BY id
FOR UPDATE
