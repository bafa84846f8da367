-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/confirm-phone-change.ts
-- :userId uuid
-- :phone  text
SELECT
  u.id AS user_id,
  u.phone AS user_phone,
  u.name AS user_name,
  u.role AS user_role,
  u.locale AS user_locale,
  u.created_at AS user_created_at
FROM users u
WHERE
  u.id = :userId
  AND u.phone = :phone
  AND NOT u.blocked
