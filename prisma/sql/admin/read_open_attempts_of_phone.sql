-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phone text
SELECT
  id,
  method,
  status,
  expires_at AS "expiresAt",
  client_ip AS "clientIp"
FROM login_attempts
WHERE
  phone = :phone
  AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
  AND expires_at > now()
ORDER BY id DESC
LIMIT 20
