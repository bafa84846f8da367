-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phone text
SELECT
  id,
  method,
  status,
  expires_at,
  client_ip
FROM login_attempts
WHERE
  phone = :phone
  AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
  AND expires_at > now()
ORDER BY id DESC
LIMIT 20
