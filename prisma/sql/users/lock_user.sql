-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/set-role.ts
-- :id uuid
SELECT
  u.role,
  coalesce(u.phone_set_at > now() - interval '30 days', false) AS was_given_phone
FROM users u
WHERE u.id = :id
FOR UPDATE
