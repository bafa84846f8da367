-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/revoke.ts
-- :userId  uuid
-- :except  uuid, or null
-- :reason  text
-- :auditId uuid
-- :actor   text, or null
WITH
  open AS (
    SELECT id
    FROM sessions
    WHERE
      revoked_at IS NULL
      AND user_id = :userId
      AND id IS DISTINCT FROM :except::uuid
    ORDER BY id
    FOR UPDATE
  ),
  revoked AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = :reason
    FROM open
    WHERE s.id = open.id
    RETURNING
      s.id,
      s.user_id,
      s.device_id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = uuid_send (gen_random_uuid())
    WHERE
      d.user_id = :userId
      AND NOT EXISTS (
        SELECT
        FROM sessions kept
        WHERE
          kept.id = :except::uuid
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
          caller.id = :except::uuid
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
  revoked_of_user AS (
    SELECT
      user_id,
      array_agg(id) AS ids
    FROM revoked
    GROUP BY user_id
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :auditId::uuid,
      'session.revoked',
      coalesce(:actor, user_id::text),
      user_id,
      CASE
        WHEN cardinality(ids) = 1 THEN ids[1]
      END,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('reason', :reason::text, 'sessions', ids)
    FROM revoked_of_user
  )
SELECT
  id,
  user_id
FROM revoked
