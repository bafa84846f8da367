-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/normalize-phones.ts
-- :e164    text
-- :id      uuid
-- :written text
UPDATE users
SET
  phone = :e164,
  updated_at = now()
WHERE
  id = :id
  AND phone = :written
  AND NOT EXISTS (
    SELECT
    FROM users other_user
    WHERE other_user.phone = :e164
  )
RETURNING id
