-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/confirm-phone-change.ts
-- :sessionId      uuid
-- :userId         uuid
-- :attemptId      uuid
-- :notificationId uuid
-- :oldPhone       text
-- :maskedTo       text
-- :auditEntryId   uuid
-- :maskedFrom     text
WITH
  open_session AS (
    SELECT
      s.id,
      (
        SELECT
          first_seen.at > now() - interval '24 hours'
          AND (
            EXISTS (
              SELECT
              FROM known_devices older
              WHERE
                older.user_id = s.user_id
                AND older.first_seen_at < first_seen.at
            )
            OR EXISTS (
              SELECT
              FROM sessions older
              WHERE
                older.user_id = s.user_id
                AND older.created_at < first_seen.at
                AND coalesce(older.device_id, older.id) <> coalesce(s.device_id, s.id)
            )
          )
        FROM
          (
            SELECT coalesce(min(own.first_seen_at), s.created_at) AS at
            FROM known_devices own
            WHERE
              own.user_id = s.user_id
              AND (
                coalesce(s.device_id, s.id) = coalesce(own.device_id, own.session_id)
                OR s.id = own.session_id
              )
          ) AS first_seen
      ) AS device_is_new
    FROM
      sessions s
      JOIN users u ON u.id = s.user_id
    WHERE
      s.id = :sessionId
      AND s.user_id = :userId
      AND s.revoked_at IS NULL
      AND NOT u.blocked
    FOR UPDATE OF s
  ),
  proof AS (
    SELECT
      id,
      phone,
      charged
    FROM login_attempts
    WHERE
      id = :attemptId
      AND user_id = :userId
      AND purpose = 'CHANGE_PHONE'
      AND status = 'PENDING'
      AND expires_at > now()
      AND EXISTS (
        SELECT 1
        FROM open_session
        WHERE NOT device_is_new
      )
    FOR UPDATE
  ),
  phone_budget AS (
    UPDATE budgets b
    SET
      minute_sends = greatest(0, b.minute_sends - 100 * cardinality(array_positions(proof.charged, proof.phone))),
      hour_sends = greatest(0, b.hour_sends - 75 * cardinality(array_positions(proof.charged, proof.phone)) + 0),
      day_sends = greatest(0, b.day_sends - 75 * cardinality(array_positions(proof.charged, proof.phone)) + 0),
      hour_verified = b.hour_verified + cardinality(array_positions(proof.charged, proof.phone)),
      day_verified = b.day_verified + cardinality(array_positions(proof.charged, proof.phone))
    FROM proof
    WHERE b.subject = proof.phone
  ),
  changed_user AS (
    UPDATE users u
    SET
      phone = proof.phone,
      whatsapp_lid = NULL,
      updated_at = now()
    FROM proof
    WHERE
      u.id = :userId
      AND NOT u.blocked
      AND NOT EXISTS (
        SELECT 1
        FROM users other
        WHERE
          other.phone = proof.phone
          AND other.id <> u.id
      )
    RETURNING u.*
  ),
  revoked AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'phone_changed'
    FROM changed_user
    WHERE
      s.user_id = changed_user.id
      AND s.id <> :sessionId
      AND s.revoked_at IS NULL
    RETURNING s.id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = uuid_send (gen_random_uuid())
    WHERE
      d.user_id = (
        SELECT id
        FROM changed_user
      )
      AND NOT EXISTS (
        SELECT
        FROM sessions kept
        WHERE
          kept.id = :sessionId::uuid
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
          caller.id = :sessionId::uuid
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
  closed AS (
    UPDATE login_attempts a
    SET
      status = CASE
        WHEN changed_user.id IS NULL THEN 'CANCELED'
        ELSE 'CLAIMED'
      END::login_attempt_status,
      completed_at = now(),
      claimed_at = now(),
      version = a.version + 1
    FROM
      proof
      LEFT JOIN changed_user ON true
    WHERE a.id = proof.id
    RETURNING a.id
  ),
  notification AS (
    INSERT INTO notifications (id, purpose, user_id, phone, locale, "values", session_id)
    SELECT
      :notificationId::uuid,
      'PHONE_CHANGED',
      id,
      :oldPhone,
      locale,
      jsonb_build_object('phone', :maskedTo::text),
      :sessionId
    FROM changed_user
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :auditEntryId::uuid,
      'user.phone_changed',
      :userId::uuid::text,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object(
        'from',
        :maskedFrom::text,
        'to',
        :maskedTo::text,
        'sessionsEnded',
        (
          SELECT count(*)
          FROM revoked
        )
      )
    FROM changed_user
  )
SELECT
  EXISTS (
    SELECT 1
    FROM open_session
  ) AS signed_in,
  EXISTS (
    SELECT 1
    FROM open_session
    WHERE device_is_new
  ) AS device_is_new,
  EXISTS (
    SELECT 1
    FROM closed
  ) AS accepted,
  changed_user.id AS user_id,
  changed_user.phone AS user_phone,
  changed_user.name AS user_name,
  changed_user.role AS user_role,
  changed_user.locale AS user_locale,
  changed_user.created_at AS user_created_at
FROM
  (
    SELECT 1
  ) AS one_row
  LEFT JOIN changed_user ON true
