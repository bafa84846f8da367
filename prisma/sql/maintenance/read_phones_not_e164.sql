-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/normalize-phones.ts
-- :after uuid
SELECT
  id,
  phone
FROM users
WHERE
  phone !~ '^\+[1-9][0-9]{6,14}$'
  AND released_phone IS NULL
  AND id > :after
ORDER BY id
LIMIT 50
