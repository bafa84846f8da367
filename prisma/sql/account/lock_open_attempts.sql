-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
SELECT id
FROM login_attempts
WHERE
  id IN (
    SELECT id
    FROM login_attempts
    WHERE user_id = :userId
    UNION
    SELECT id
    FROM login_attempts
    WHERE
      phone = (
        SELECT phone
        FROM users
        WHERE id = :userId
      )
  )
  AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
ORDER BY id
FOR UPDATE
