-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/end-denied.ts
-- :instance  text
-- :idMessage text
-- :phone     text
-- :sentAt    timestamptz
-- :auditId   uuid
WITH RECURSIVE
  event AS (
    INSERT INTO webhook_events (instance, type_webhook, id_message, status)
    VALUES (:instance, 'incomingMessageReceived', :idMessage, '')
    ON CONFLICT DO NOTHING
    RETURNING id_message
  ),
  denied AS (
    UPDATE notifications n
    SET
      answered_at = now(),
      once_key = NULL
    FROM event
    WHERE
      n.phone = :phone
      AND n.purpose = 'NEW_DEVICE'
      AND n.answered_at IS NULL
      AND n.created_at > now() - interval '24 hours'
      AND NOT EXISTS (
        SELECT
        FROM users u
        WHERE
          u.phone = n.phone
          AND u.id <> n.user_id
      )
      AND :sentAt::timestamptz BETWEEN n.created_at - interval '10 seconds' AND now() + interval '60 seconds'
    RETURNING
      n.session_id,
      n.user_id,
      n.device_hash
  ),
  opened (id, user_id) AS (
    (
      SELECT
        session_id,
        user_id
      FROM denied
      UNION
      SELECT
        d.session_id,
        d.user_id
      FROM
        denied
        JOIN known_devices d ON d.user_id = denied.user_id
        AND d.token_hash = denied.device_hash
      UNION
      SELECT
        later.id,
        later.user_id
      FROM
        denied
        JOIN sessions s ON s.id = denied.session_id
        JOIN sessions later ON later.user_id = s.user_id
        AND later.created_at >= s.created_at
        AND later.user_agent IS NOT DISTINCT FROM s.user_agent
        AND later.client_ip IS NOT DISTINCT FROM s.client_ip
    )
    UNION
    SELECT
      c.opened_session_id,
      opened.user_id
    FROM
      opened
      JOIN authorization_codes c ON c.session_id = opened.id
    WHERE c.opened_session_id IS NOT NULL
  ),
  ended AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'denied'
    FROM opened
    WHERE
      s.id = opened.id
      AND s.revoked_at IS NULL
    RETURNING
      s.id,
      s.user_id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = sha256(uuid_send (gen_random_uuid()))
    FROM opened ended
    WHERE
      d.user_id = ended.user_id
      AND d.session_id = ended.id
      AND true
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
SELECT
  user_id,
  array_agg(id) AS session_ids
FROM opened
GROUP BY user_id
