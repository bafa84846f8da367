-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/export/attempts.ts
-- :userId uuid
-- :limit  int8
WITH
  viewer AS MATERIALIZED (
    SELECT
      u.id,
      u.phone,
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
  ) (
    SELECT
      a.id,
      a.created_at,
      a.status,
      a.failure_reason,
      a.phone,
      a.client_ip,
      a.user_agent,
      a.location,
      true AS own
    FROM login_attempts a
    WHERE
      a.user_id = :userId
      AND a.purpose = 'CHANGE_PHONE'
    ORDER BY a.id DESC
    LIMIT :limit
  )
UNION ALL
(
  SELECT
    a.id,
    a.created_at,
    a.status,
    a.failure_reason,
    a.phone,
    a.client_ip,
    a.user_agent,
    a.location,
    false
  FROM
    viewer,
    login_attempts a
  WHERE
    a.phone = viewer.phone
    AND a.user_id <> viewer.id
    AND a.purpose = 'CHANGE_PHONE'
    AND a.created_at >= viewer.phone_since
  ORDER BY a.id DESC
  LIMIT :limit
)
ORDER BY id DESC
LIMIT :limit
