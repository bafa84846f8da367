-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/find-session.ts
-- :counter   int4
-- :sessionId uuid
-- :tokenHash bytea
-- :keyedPart bytea, or null
WITH
  found AS (
    SELECT
      s.id,
      s.refresh_counter = :counter
      AND s.shown_counter IS DISTINCT FROM :counter
      AND :counter > 0 AS is_first_time,
      u.id AS user_id,
      u.role,
      u.phone
    FROM
      sessions s
      JOIN users u ON u.id = s.user_id
    WHERE
      s.id = :sessionId
      AND s.revoked_at IS NULL
      AND least(s.idle_expires_at, s.expires_at) > now()
      AND NOT u.blocked
      AND (
        s.refresh_token_hash = :tokenHash
        AND s.refresh_counter = :counter
        OR coalesce(
          s.refresh_counter > :counter
          AND s.recent_rotations[cardinality(s.recent_rotations) - (s.refresh_counter - :counter - 1)] > now() - interval '20 seconds',
          false
        )
        AND CASE
          WHEN s.refresh_salt IS NULL
          OR :counter < s.refresh_salted_from THEN :keyedPart::bytea IS NULL
          ELSE coalesce(sha256(sha256(s.refresh_salt || :keyedPart::bytea)) = :tokenHash, false)
        END
      )
  ),
  shown AS (
    UPDATE sessions s
    SET shown_counter = :counter
    FROM found
    WHERE
      s.id = found.id
      AND found.is_first_time
  )
SELECT
  user_id,
  role,
  phone
FROM found
