-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/export/attempts.ts
-- :userId uuid
SELECT
  greatest(
    u.created_at,
    u.phone_changed_at,
    u.phone_set_at,
    (
      SELECT max(c.claimed_at)
      FROM login_attempts c
      WHERE
        c.user_id = u.id
        AND c.purpose = 'CHANGE_PHONE'
        AND c.status = 'CLAIMED'
        AND c.phone = u.phone
    )
  ) AS phone_since
FROM users u
WHERE u.id = :userId
