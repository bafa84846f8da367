-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/set-user-phone.ts
-- :actor          text
-- :firstRole      text
-- :userId         uuid
-- :phone          text
-- :notificationId uuid
-- :maskedTo       text
-- :entryId        uuid
WITH
  target AS (
    SELECT
      u.id,
      u.phone,
      :actor = 'operator'
      OR u.role = :firstRole
      AND NOT (
        coalesce(u.role_changed_at > now() - interval '30 days', false)
        AND u.role_changed_at > u.created_at
      ) AS is_allowed
    FROM users u
    WHERE u.id = :userId
    FOR UPDATE
  ),
  changed AS (
    UPDATE users u
    SET
      phone = :phone,
      released_phone = NULL,
      whatsapp_lid = NULL,
      whatsapp_lid_checked_at = NULL,
      updated_at = now(),
      phone_set_at = clock_timestamp()
    FROM target
    WHERE
      u.id = target.id
      AND target.is_allowed
      AND target.phone <> :phone
    RETURNING
      u.id,
      u.locale,
      target.phone AS old_phone
  ),
  revoked AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'phone_changed'
    FROM changed
    WHERE
      s.user_id = changed.id
      AND s.revoked_at IS NULL
    RETURNING s.id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = uuid_send (gen_random_uuid())
    WHERE
      d.user_id = (
        SELECT id
        FROM changed
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
  notification AS (
    INSERT INTO notifications (id, purpose, user_id, phone, locale, "values")
    SELECT
      :notificationId::uuid,
      'PHONE_CHANGED',
      id,
      old_phone,
      locale,
      jsonb_build_object('phone', :maskedTo::text)
    FROM changed
    WHERE old_phone LIKE '+%'
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :entryId::uuid,
      'user.phone_changed',
      :actor,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object(
        'to',
        :maskedTo::text,
        'sessionsEnded',
        (
          SELECT count(*)
          FROM revoked
        )
      )
    FROM changed
  )
SELECT
  target.is_allowed,
  changed.old_phone
FROM
  target
  LEFT JOIN changed ON true
