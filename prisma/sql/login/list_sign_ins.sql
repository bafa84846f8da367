-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/attempts/list-sign-ins.ts
-- :userId uuid
-- :above  uuid
-- :below  uuid
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
  ),
  page AS (
    (
      SELECT
        a.id,
        a.method,
        a.status,
        a.tries,
        a.failure_reason,
        a.client_ip,
        a.user_agent,
        a.location,
        a.session_id,
        a.created_at,
        a.completed_at,
        a.user_id IS NOT NULL AS proven
      FROM login_attempts a
      WHERE
        a.user_id = :userId
        AND a.purpose = 'SIGN_IN'
        AND a.id > :above
        AND a.id < :below
      ORDER BY a.id DESC
      LIMIT :limit
    )
    UNION ALL
    (
      SELECT
        a.id,
        a.method,
        a.status,
        a.tries,
        a.failure_reason,
        a.client_ip,
        a.user_agent,
        a.location,
        a.session_id,
        a.created_at,
        a.completed_at,
        a.user_id IS NOT NULL AS proven
      FROM
        viewer,
        login_attempts a
      WHERE
        a.phone = viewer.phone
        AND a.user_id IS NULL
        AND a.created_at >= viewer.phone_since
        AND a.purpose = 'SIGN_IN'
        AND a.id > :above
        AND a.id < :below
      ORDER BY a.id DESC
      LIMIT :limit
    )
    ORDER BY id DESC
    LIMIT :limit
  ),
  own_sessions AS MATERIALIZED (
    SELECT
      id,
      created_at,
      revoked_at IS NULL
      AND least(idle_expires_at, expires_at) > now() AS open
    FROM sessions
    WHERE user_id = :userId
  )
SELECT
  page.id,
  page.created_at,
  page.method,
  page.user_agent,
  page.client_ip,
  page.location,
  page.failure_reason,
  page.tries,
  page.proven,
  open_session.id AS open_session_id,
  CASE
    WHEN open_session.id IS NOT NULL THEN 'SIGNED_IN'
    WHEN page.status = 'CLAIMED' THEN 'ENDED'
    WHEN page.status = 'FAILED'
    OR page.tries > 0
    OR (
      page.status = 'CANCELED'
      AND page.completed_at IS NOT NULL
    ) THEN 'REFUSED'
    ELSE 'UNFINISHED'
  END AS outcome
FROM
  page
  LEFT JOIN own_sessions opened ON opened.id = page.session_id
  LEFT JOIN LATERAL (
    SELECT id
    FROM own_sessions same
    WHERE
      same.created_at = opened.created_at
      AND same.open
    ORDER BY id DESC
    LIMIT 1
  ) open_session ON true
ORDER BY page.id DESC
