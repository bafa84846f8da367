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
    SET answered_at = now()
    FROM event
    WHERE
      n.phone = :phone
      AND n.purpose = 'NEW_DEVICE'
      AND n.answered_at IS NULL
      AND n.created_at > now() - interval '24 hours'
      AND EXISTS (
        SELECT
        FROM users u
        WHERE
          u.id = n.user_id
          AND u.phone = n.phone
      )
      AND :sentAt::timestamptz BETWEEN n.created_at - interval '10 seconds' AND now() + interval '60 seconds'
    RETURNING
      n.session_id,
      n.user_id,
      n.device_hash
  ),
  forgotten AS (
    DELETE FROM known_devices d USING denied
    WHERE
      d.user_id = denied.user_id
      AND d.token_hash = denied.device_hash
    RETURNING
      d.session_id,
      d.user_id
  ),
  opened (id, user_id) AS (
    (
      SELECT
        session_id,
        user_id
      FROM denied
      UNION
      SELECT
        session_id,
        user_id
      FROM forgotten
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
