-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phone text
SELECT
  d.created_at AS "createdAt",
  d.channel,
  d.status,
  d.failure,
  d.detail,
  d.blocked_by AS "blockedBy"
FROM
  (
    SELECT id
    FROM login_attempts
    WHERE phone = :phone
    ORDER BY id DESC
    LIMIT 20
  ) a
  JOIN sms_log d ON d.attempt_id = a.id
ORDER BY d.created_at DESC
LIMIT 20
