-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
WITH
  devices AS (
    DELETE FROM known_devices
    WHERE user_id = :userId
  )
DELETE FROM notifications
WHERE user_id = :userId
