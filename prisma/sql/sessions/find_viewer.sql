-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/viewer.ts
-- :sessionId uuid
SELECT
  s.created_at AS signed_in_at,
  u.id AS user_id,
  u.phone AS user_phone,
  u.name AS user_name,
  u.role AS user_role,
  u.locale AS user_locale,
  u.created_at AS user_created_at
FROM
  sessions s
  JOIN users u ON u.id = s.user_id
WHERE
  s.id = :sessionId
  AND s.revoked_at IS NULL
  AND NOT u.blocked
  AND least(s.idle_expires_at, s.expires_at) > now()
