-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/block-user.ts
-- :userId  uuid
-- :entryId uuid
-- :actor   text
WITH
  blocked AS (
    UPDATE users
    SET
      blocked = true,
      updated_at = now()
    WHERE id = :userId
    RETURNING id
  ),
  revoked AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'user_blocked'
    FROM blocked
    WHERE
      s.user_id = blocked.id
      AND s.revoked_at IS NULL
    RETURNING s.id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = uuid_send (gen_random_uuid())
    WHERE
      d.user_id = (
        SELECT id
        FROM blocked
      )
      AND NOT EXISTS (
        SELECT
        FROM sessions kept
        WHERE
          kept.id = NULL::uuid
          AND kept.user_id = d.user_id
          AND (
            coalesce(kept.device_id, kept.id) = coalesce(d.device_id, d.session_id)
            OR kept.id = d.session_id
          )
      )
      AND NOT EXISTS (
        SELECT
        FROM sessions caller
        WHERE
          caller.id = NULL::uuid
          AND caller.user_id = d.user_id
          AND EXISTS (
            SELECT
            FROM
              (
                SELECT coalesce(min(own.first_seen_at), caller.created_at) AS at
                FROM known_devices own
                WHERE
                  own.user_id = caller.user_id
                  AND (
                    coalesce(caller.device_id, caller.id) = coalesce(own.device_id, own.session_id)
                    OR caller.id = own.session_id
                  )
              ) AS first_seen
            WHERE
              first_seen.at > now() - interval '24 hours'
              AND d.first_seen_at < first_seen.at
          )
      )
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :entryId::uuid,
      'user.blocked',
      :actor,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object(
        'sessions',
        (
          SELECT count(*)
          FROM revoked
        )
      )
    FROM blocked
  )
SELECT id
FROM blocked
