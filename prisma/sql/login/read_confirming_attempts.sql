-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/confirm.ts
-- :phone text
SELECT
  id,
  key_id,
  code_salt,
  needs_approval,
  status = 'CONFIRMING' AS waiting
FROM login_attempts
WHERE
  phone = :phone
  AND purpose = 'SIGN_IN'
  AND expires_at > now()
  AND (
    status = 'CONFIRMING'
    OR status = 'CANCELED'
    AND completed_at IS NOT NULL
  )
ORDER BY
  waiting DESC,
  completed_at DESC
LIMIT 100
