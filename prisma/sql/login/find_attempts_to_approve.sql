-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/approve.ts
-- :phone text
SELECT a.id
FROM login_attempts a
WHERE
  a.phone = :phone
  AND a.status = 'CONFIRMING'
  AND a.expires_at > now()
  AND (
    a.method = 'OTP'
    OR a.needs_approval
  )
ORDER BY a.id DESC
