-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/cleanup.ts
UPDATE login_attempts
SET
  status = 'EXPIRED',
  version = version + 1
WHERE
  id IN (
    SELECT id
    FROM login_attempts
    WHERE
      status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
      AND expires_at <= now()
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
