-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/refresh.ts
-- :sessionId     uuid
-- :counter       int4
-- :tokenHash     bytea
-- :keyedPart     bytea, or null
-- :nextCounter   int4
-- :newSalt       bytea
-- :nextKeyedPart bytea
-- :keyId         text
-- :idleDays      int4
WITH
  open_session AS (
    SELECT s.*
    FROM
      sessions s
      JOIN users u ON u.id = s.user_id
    WHERE
      s.id = :sessionId
      AND s.revoked_at IS NULL
      AND s.idle_expires_at > now()
      AND s.expires_at > now()
      AND NOT u.blocked
    FOR UPDATE OF s
  ),
  judged AS (
    SELECT
      *,
      CASE
        WHEN refresh_counter = :counter
        AND refresh_token_hash = :tokenHash THEN 'rotated'
        WHEN NOT CASE
          WHEN open_session.refresh_salt IS NULL
          OR :counter < open_session.refresh_salted_from THEN :keyedPart::bytea IS NULL
          ELSE coalesce(sha256(sha256(open_session.refresh_salt || :keyedPart::bytea)) = :tokenHash, false)
        END THEN 'forged'
        WHEN coalesce(
          open_session.refresh_counter > :counter
          AND open_session.recent_rotations[cardinality(open_session.recent_rotations) - (open_session.refresh_counter - :counter - 1)] > now() - interval '20 seconds',
          false
        ) THEN 'repeated'
        WHEN (
          :counter = CASE
            WHEN open_session.replaced_counter = open_session.refresh_counter THEN open_session.replaced_parent
            ELSE open_session.refresh_counter - 1
          END
          AND open_session.shown_counter IS DISTINCT FROM open_session.refresh_counter
          AND coalesce(:counter >= open_session.refresh_salted_from, true)
          AND open_session.rotated_at > now() - interval '24 hours'
        ) THEN CASE
          WHEN coalesce(
            open_session.recent_rotations[cardinality(open_session.recent_rotations)] > now() - interval '20 seconds',
            false
          ) THEN 'repeated'
          WHEN refresh_counter + 1 = :nextCounter THEN 'replaced'
          ELSE 'behind'
        END
        ELSE 'stolen'
      END AS verdict
    FROM open_session
  ),
  compared AS (
    SELECT
      *,
      verdict IN ('rotated', 'replaced') AS issues
    FROM judged
  ),
  changed AS (
    UPDATE sessions s
    SET
      refresh_counter = CASE
        WHEN compared.issues THEN s.refresh_counter + 1
        ELSE s.refresh_counter
      END,
      refresh_token_hash = CASE
        WHEN compared.issues THEN sha256(sha256(coalesce(s.refresh_salt, :newSalt) || :nextKeyedPart))
        ELSE s.refresh_token_hash
      END,
      refresh_salt = CASE
        WHEN compared.issues THEN coalesce(s.refresh_salt, :newSalt)
        ELSE s.refresh_salt
      END,
      refresh_salted_from = CASE
        WHEN compared.issues THEN coalesce(s.refresh_salted_from, s.refresh_counter + 1)
        ELSE s.refresh_salted_from
      END,
      key_id = CASE
        WHEN compared.issues THEN :keyId
        ELSE s.key_id
      END,
      rotated_at = CASE
        WHEN compared.verdict = 'rotated' THEN now()
        ELSE s.rotated_at
      END,
      recent_rotations = CASE
        WHEN compared.issues THEN (
          ARRAY(
            SELECT used_at
            FROM unnest(s.recent_rotations) WITH ORDINALITY AS rotation (used_at, position)
            WHERE
              position > cardinality(s.recent_rotations) - 99
              AND used_at > now() - interval '20 seconds'
            ORDER BY position
          ) || now()
        )
        ELSE s.recent_rotations
      END,
      idle_expires_at = CASE
        WHEN compared.issues THEN now() + :idleDays::int * interval '1 day'
        ELSE s.idle_expires_at
      END,
      replaced_counter = CASE
        WHEN compared.verdict = 'replaced' THEN s.refresh_counter + 1
        ELSE s.replaced_counter
      END,
      replaced_parent = CASE
        WHEN compared.verdict = 'replaced' THEN :counter
        ELSE s.replaced_parent
      END,
      revoked_at = CASE
        WHEN compared.verdict = 'stolen' THEN clock_timestamp()
      END,
      revoked_reason = CASE
        WHEN compared.verdict = 'stolen' THEN 'refresh_token_reused'
      END
    FROM compared
    WHERE
      s.id = compared.id
      AND compared.verdict <> 'forged'
    RETURNING
      s.*,
      compared.verdict
  )
SELECT
  changed.id AS session_id,
  changed.refresh_counter,
  changed.refresh_salt,
  changed.key_id AS session_key_id,
  least(changed.idle_expires_at, changed.expires_at) AS refresh_expires_at,
  changed.verdict,
  u.id AS user_id,
  u.phone AS user_phone,
  u.name AS user_name,
  u.role AS user_role,
  u.locale AS user_locale,
  u.created_at AS user_created_at
FROM
  changed
  JOIN users u ON u.id = changed.user_id
