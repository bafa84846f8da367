-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/deny-sign-ins.ts
-- :userId  uuid
-- :since   timestamptz
-- :auditId uuid
WITH
  denied AS (
    SELECT
      :userId::uuid AS id,
      :since::timestamptz AS since
  ),
  ended AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'denied'
    FROM denied
    WHERE
      s.user_id = denied.id
      AND s.revoked_at IS NULL
      AND (
        s.created_at >= denied.since
        AND NOT EXISTS (
          SELECT
          FROM known_devices d
          WHERE
            d.user_id = s.user_id
            AND (
              coalesce(s.device_id, s.id) = coalesce(d.device_id, d.session_id)
              OR s.id = d.session_id
            )
            AND d.first_seen_at < denied.since
        )
      )
    RETURNING
      s.id,
      s.user_id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = uuid_send (gen_random_uuid())
    FROM denied denied
    WHERE
      d.user_id = denied.id
      AND d.first_seen_at >= denied.since
  ),
  ended_of_user AS (
    SELECT
      user_id,
      array_agg(id) AS ids
    FROM ended
    GROUP BY user_id
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :auditId::uuid,
      'session.revoked',
      user_id::text,
      user_id,
      CASE
        WHEN cardinality(ids) = 1 THEN ids[1]
      END,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('reason', 'denied', 'sessions', ids)
    FROM ended_of_user
  )
SELECT id
FROM ended
