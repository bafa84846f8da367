-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/set-role.ts
-- :id uuid
SELECT role
FROM users
WHERE id = :id
FOR UPDATE
