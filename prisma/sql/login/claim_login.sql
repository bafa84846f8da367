-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/claim.ts
-- :attemptId        uuid
-- :secretHash       bytea
-- :shownDevices     bytea[]
-- :recycles         bool
-- :role             text
-- :newUserId        uuid
-- :sessionId        uuid
-- :refreshTokenHash bytea
-- :refreshSalt      bytea
-- :keyId            text
-- :idleDays         int4
-- :absoluteDays     int4
-- :notificationId   uuid
-- :newDevice        bytea
-- :notifies         bool
WITH
  completed AS (
    SELECT
      id,
      user_id,
      phone,
      locale,
      client_ip,
      user_agent,
      location,
      method,
      confirmed_by,
      completed_at
    FROM login_attempts
    WHERE
      id = :attemptId
      AND secret_hash = :secretHash
      AND status = 'COMPLETED'
      AND expires_at > now()
    FOR UPDATE
  ),
  owner AS (
    SELECT u.*
    FROM
      users u
      JOIN completed ON u.id = completed.user_id
      AND u.phone = completed.phone
    FOR UPDATE OF u
  ),
  device AS (
    SELECT
      d.token_hash,
      coalesce(d.device_id, d.session_id) AS device_id
    FROM
      owner
      JOIN known_devices d ON d.user_id = owner.id
      AND d.token_hash = ANY (:shownDevices::bytea[])
      AND d.last_seen_at > now() - interval '180 days'
    ORDER BY d.last_seen_at DESC
    LIMIT 1
    FOR UPDATE OF d
  ),
  recycled AS MATERIALIZED (
    SELECT
      owner.id,
      owner.phone,
      completed.locale
    FROM
      owner,
      completed
    WHERE
      (
        :recycles::boolean
        AND owner.role = :role
        AND NOT owner.blocked
        AND owner.last_login_at IS NOT NULL
        AND (coalesce(owner.last_login_at, owner.role_changed_at, owner.created_at) < now() - interval '90 days')
        AND NOT EXISTS (
          SELECT
          FROM device
        )
        AND NOT EXISTS (
          SELECT
          FROM sessions s
          WHERE
            s.user_id = owner.id
            AND s.revoked_at IS NULL
            AND least(s.idle_expires_at, s.expires_at) > now()
        )
      )
  ),
  released AS (
    UPDATE users u
    SET
      phone = 'released:' || u.id,
      released_phone = u.phone,
      whatsapp_lid = NULL,
      whatsapp_lid_checked_at = NULL,
      updated_at = now()
    FROM recycled recycled
    WHERE u.id = recycled.id
    RETURNING u.id
  ),
  new_user AS (
    INSERT INTO users AS u (id, phone, role, locale, last_login_at)
    SELECT
      :newUserId::uuid,
      phone,
      :role,
      locale,
      now()
    FROM recycled
    WHERE
      (
        SELECT count(*)
        FROM released
      ) > 0
    RETURNING u.*
  ),
  found_user AS (
    SELECT *
    FROM owner
    WHERE
      NOT EXISTS (
        SELECT
        FROM recycled
      )
    UNION ALL
    SELECT *
    FROM new_user
  ),
  admitted AS (
    SELECT
      found_user.id AS user_id,
      client_ip,
      user_agent,
      location,
      coalesce(
        (
          SELECT device_id
          FROM device
        ),
        :sessionId::uuid
      ) AS device_id
    FROM
      found_user,
      completed
    WHERE
      NOT found_user.blocked
      AND NOT coalesce(
        found_user.role_changed_at >= completed.completed_at
        AND found_user.role_changed_at > found_user.created_at,
        false
      )
  ),
  session AS (
    INSERT INTO
      sessions (
        id,
        user_id,
        refresh_token_hash,
        refresh_salt,
        refresh_salted_from,
        key_id,
        client_ip,
        user_agent,
        location,
        device_id,
        created_at,
        idle_expires_at,
        expires_at
      )
    SELECT
      :sessionId::uuid,
      user_id,
      :refreshTokenHash::bytea,
      :refreshSalt::bytea,
      0,
      :keyId,
      client_ip,
      user_agent,
      location,
      device_id,
      now(),
      now() + :idleDays::int * interval '1 day',
      least(now() + :absoluteDays::int * interval '1 day', NULL)
    FROM admitted
    RETURNING *
  ),
  signed_in AS (
    UPDATE users u
    SET last_login_at = now()
    FROM session
    WHERE u.id = session.user_id
  ),
  notification AS (
    INSERT INTO notifications (id, purpose, user_id, phone, locale, "values", session_id, device_hash, once_key)
    SELECT
      :notificationId::uuid,
      'NEW_DEVICE',
      u.id,
      u.phone,
      u.locale,
      jsonb_build_object('userAgent', s.user_agent, 'location', coalesce(s.location, s.client_ip)),
      s.id,
      :newDevice::bytea,
      CASE
        WHEN (
          SELECT method
          FROM completed
        ) = 'OTP' THEN encode(
          sha256(
            convert_to(concat_ws(E'\n', u.id, s.user_agent, s.client_ip, (now() AT TIME ZONE 'UTC')::date), 'UTF8')
          ),
          'hex'
        )
      END
    FROM
      session s
      JOIN found_user u ON u.id = s.user_id
    WHERE
      :notifies::boolean
      AND (
        u.last_login_at IS NOT NULL
        AND (
          u.last_login_at < now() - interval '180 days'
          OR EXISTS (
            SELECT
            FROM known_devices other
            WHERE other.user_id = u.id
          )
        )
      )
      AND NOT EXISTS (
        SELECT
        FROM device
      )
      AND (
        SELECT confirmed_by
        FROM completed
      ) IS DISTINCT FROM 'user'
    ON CONFLICT (once_key) DO NOTHING
  ),
  remembered_device AS (
    INSERT INTO known_devices AS d (token_hash, user_id, session_id, user_agent, device_id)
    SELECT
      coalesce(
        (
          SELECT token_hash
          FROM device
        ),
        :newDevice::bytea
      ),
      user_id,
      id,
      user_agent,
      device_id
    FROM session
    ON CONFLICT (token_hash, user_id) DO UPDATE
    SET
      session_id = excluded.session_id,
      user_agent = excluded.user_agent,
      device_id = excluded.device_id,
      last_seen_at = now()
  ),
  forgotten_devices AS (
    DELETE FROM known_devices d USING session
    WHERE
      d.user_id = session.user_id
      AND d.token_hash IN (
        SELECT other.token_hash
        FROM known_devices other
        WHERE
          other.user_id = session.user_id
          AND other.token_hash <> coalesce(
            (
              SELECT token_hash
              FROM device
            ),
            :newDevice::bytea
          )
        ORDER BY
          other.first_seen_at > now() - interval '24 hours',
          CASE
            WHEN other.first_seen_at > now() - interval '24 hours' THEN other.first_seen_at
          END,
          octet_length(other.token_hash) = 16,
          other.last_seen_at DESC
        OFFSET 19
      )
  ),
  closed AS (
    UPDATE login_attempts a
    SET
      status = CASE
        WHEN session.id IS NOT NULL THEN 'CLAIMED'
        WHEN found_user.id IS NULL
        OR found_user.blocked THEN 'FAILED'
        ELSE 'CANCELED'
      END::login_attempt_status,
      failure_reason = CASE
        WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND'
        WHEN found_user.blocked THEN 'USER_BLOCKED'
      END::failure_reason,
      user_id = coalesce(found_user.id, a.user_id),
      session_id = session.id,
      claimed_at = clock_timestamp(),
      version = a.version + 1
    FROM
      completed
      LEFT JOIN found_user ON true
      LEFT JOIN session ON true
    WHERE a.id = completed.id
    RETURNING
      a.status,
      a.failure_reason
  )
SELECT
  closed.status,
  closed.failure_reason,
  device.token_hash AS known_device,
  (
    SELECT id
    FROM released
  ) AS recycled_id,
  session.id AS session_id,
  session.refresh_counter,
  session.refresh_salt,
  session.key_id AS session_key_id,
  least(session.idle_expires_at, session.expires_at) AS refresh_expires_at,
  found_user.id AS user_id,
  found_user.phone AS user_phone,
  found_user.name AS user_name,
  found_user.role AS user_role,
  found_user.locale AS user_locale,
  found_user.created_at AS user_created_at
FROM
  closed
  LEFT JOIN device ON true
  LEFT JOIN session ON true
  LEFT JOIN found_user ON true
