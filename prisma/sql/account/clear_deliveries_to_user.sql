-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
UPDATE sms_log
SET
  user_id = NULL,
  masked_phone = '',
  provider_id = NULL,
  poll_at = NULL
WHERE user_id = :userId
