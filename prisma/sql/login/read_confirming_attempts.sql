-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/confirm.ts
-- :phone text
SELECT
  id,
  key_id,
  code_salt,
  needs_approval
FROM login_attempts
WHERE
  phone = :phone
  AND status = 'CONFIRMING'
  AND expires_at > now()
ORDER BY completed_at DESC
LIMIT 10
