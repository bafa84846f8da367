-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
WITH
  named AS (
    SELECT
      id,
      revoked_at IS NULL
      AND least(idle_expires_at, expires_at) > now() AS open,
      coalesce(revoked_at > now() - interval '1 day', least(idle_expires_at, expires_at) > now()) AS kept
    FROM sessions
    WHERE user_id = :userId
    ORDER BY id
    FOR UPDATE
  ),
  codes AS (
    DELETE FROM authorization_codes c USING named
    WHERE
      c.session_id = named.id
      OR c.opened_session_id = named.id
  ),
  cleared AS (
    UPDATE sessions s
    SET
      user_id = NULL,
      client_ip = NULL,
      user_agent = NULL,
      location = NULL,
      device_id = NULL,
      revoked_at = coalesce(s.revoked_at, clock_timestamp()),
      revoked_reason = coalesce(s.revoked_reason, 'user_erased')
    FROM named
    WHERE
      s.id = named.id
      AND named.kept
  ),
  deleted AS (
    DELETE FROM sessions s USING named
    WHERE
      s.id = named.id
      AND NOT named.kept
  )
SELECT
  (
    count(*) FILTER (
      WHERE open
    )
  )::int AS ended
FROM named
