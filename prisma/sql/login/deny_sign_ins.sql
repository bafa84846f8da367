-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/notifications/deny-sign-ins.ts
-- :instance           text
-- :idMessage          text
-- :phone              text
-- :sentAt             timestamptz
-- :auditId            uuid
-- :phoneChangeAuditId uuid
-- :maskedPhone        text
WITH
  event AS (
    INSERT INTO webhook_events (instance, type_webhook, id_message, status)
    VALUES (:instance, 'incomingMessageReceived', :idMessage, '')
    ON CONFLICT DO NOTHING
    RETURNING id_message
  ),
  answered AS (
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
      AND :sentAt::timestamptz BETWEEN n.created_at - interval '10 seconds' AND now() + interval '60 seconds'
      AND NOT EXISTS (
        SELECT
        FROM users given
        WHERE
          given.id = n.user_id
          AND given.phone_set_at >= n.created_at
      )
    RETURNING
      n.user_id,
      n.created_at
  ),
  canceled AS (
    UPDATE login_attempts a
    SET
      status = 'CANCELED',
      version = a.version + 1
    FROM event
    WHERE
      a.purpose = 'SIGN_IN'
      AND a.status IN ('CONFIRMING', 'COMPLETED')
      AND a.expires_at > now()
      AND a.id IN (
        SELECT a.id
        FROM login_attempts a
        WHERE
          a.phone = :phone
          AND a.purpose = 'SIGN_IN'
          AND a.status IN ('CONFIRMING', 'COMPLETED')
          AND a.expires_at > now()
          AND :sentAt::timestamptz BETWEEN a.completed_at - interval '10 seconds' AND now() + interval '60 seconds'
        UNION
        SELECT a.id
        FROM
          answered
          JOIN login_attempts a ON a.user_id = answered.user_id
        WHERE
          a.purpose = 'SIGN_IN'
          AND a.status IN ('CONFIRMING', 'COMPLETED')
          AND a.expires_at > now()
      )
    RETURNING a.id
  ),
  denied AS (
    SELECT
      u.id,
      u.phone,
      first.since
    FROM
      users u
      JOIN (
        SELECT
          user_id,
          min(created_at) AS since
        FROM answered
        GROUP BY user_id
      ) AS first ON first.user_id = u.id
    WHERE
      (
        SELECT count(*)
        FROM canceled
      ) >= 0
    FOR UPDATE OF u
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
  ),
  phone_change AS (
    UPDATE users u
    SET
      phone = CASE
        WHEN free THEN :phone
        ELSE u.phone
      END,
      blocked = u.blocked
      OR NOT free,
      whatsapp_lid = NULL,
      updated_at = now()
    FROM
      denied
      CROSS JOIN (
        SELECT
          NOT EXISTS (
            SELECT
            FROM users other
            WHERE other.phone = :phone
          ) AS free
      ) AS old_phone
    WHERE
      u.id = denied.id
      AND denied.phone <> :phone
      AND EXISTS (
        SELECT
        FROM
          notifications change
          JOIN sessions s ON s.id = change.session_id
        WHERE
          change.user_id = denied.id
          AND change.purpose = 'PHONE_CHANGED'
          AND change.phone = :phone
          AND change.created_at >= denied.since
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
      )
    RETURNING
      u.id,
      CASE
        WHEN free THEN 'undone'
        ELSE 'blocked'
      END AS outcome
  ),
  undone AS (
    SELECT id
    FROM phone_change
    WHERE outcome = 'undone'
  ),
  audited_undone AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :phoneChangeAuditId::uuid,
      'user.phone_changed',
      'gateway',
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('reason', 'denied', 'to', :maskedPhone::text)
    FROM undone
  ),
  blocked AS (
    SELECT id
    FROM phone_change
    WHERE outcome = 'blocked'
  ),
  audited_blocked AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :phoneChangeAuditId::uuid,
      'user.blocked',
      'gateway',
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('reason', 'denied', 'to', :maskedPhone::text)
    FROM blocked
  )
SELECT
  (
    SELECT coalesce(array_agg(id), '{}')
    FROM canceled
  ) AS canceled_ids,
  denied.id AS user_id,
  denied.since,
  coalesce(ended_of_user.ids, '{}') AS session_ids,
  phone_change.outcome AS phone_change
FROM
  (
    SELECT
    FROM event
  ) AS one_row
  LEFT JOIN denied ON true
  LEFT JOIN ended_of_user ON ended_of_user.user_id = denied.id
  LEFT JOIN phone_change ON phone_change.id = denied.id
