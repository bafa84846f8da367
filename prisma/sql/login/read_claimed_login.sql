-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/claim.ts
-- :shownDevices bytea[]
-- :attemptId    uuid
-- :secretHash   bytea
SELECT
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue,
  (
    a.method = 'WHATSAPP'
    OR a.confirmed_by IS NOT NULL
  )
  AND a.claimed_at > now() - interval '60 seconds' AS recent,
  (
    SELECT d.token_hash
    FROM known_devices d
    WHERE
      d.user_id = s.user_id
      AND d.token_hash = ANY (:shownDevices::bytea[])
      AND d.last_seen_at > now() - interval '180 days'
    ORDER BY d.last_seen_at DESC
    LIMIT 1
  ) AS known_device,
  s.id AS session_id,
  s.refresh_counter,
  s.refresh_salt,
  s.key_id AS session_key_id,
  least(s.idle_expires_at, s.expires_at) AS refresh_expires_at,
  u.id AS user_id,
  u.phone AS user_phone,
  u.name AS user_name,
  u.role AS user_role,
  u.locale AS user_locale,
  u.created_at AS user_created_at
FROM
  login_attempts a
  LEFT JOIN sessions s ON s.id = a.session_id
  AND s.revoked_at IS NULL
  AND least(s.idle_expires_at, s.expires_at) > now()
  LEFT JOIN users u ON u.id = s.user_id
  AND NOT u.blocked
WHERE
  a.id = :attemptId
  AND a.secret_hash = :secretHash
