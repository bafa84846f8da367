-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/accept-at-once-sql.ts
-- :attemptId        uuid
-- :secretHash       bytea
-- :codeHashes       bytea[]
-- :networks         text[]
-- :shownDevices     bytea[]
-- :role             text
-- :recycles         bool
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
  proof AS (
    SELECT
      id,
      phone,
      charged,
      locale,
      client_ip,
      user_agent,
      location,
      device_hash,
      created_at
    FROM login_attempts a
    WHERE
      id = :attemptId
      AND secret_hash = :secretHash
      AND code_hash = ANY (:codeHashes::bytea[])
      AND method = 'OTP'
      AND purpose = 'SIGN_IN'
      AND status = 'PENDING'
      AND expires_at > now()
      AND (
        a.device_hash IS NOT NULL
        OR (
          (
            SELECT waits.suspected_for
            FROM
              (
                SELECT
                  max(
                    CASE
                      WHEN (
                        f.day_started_at > now() - interval '1 day'
                        AND f.day_targets >= 10 * CASE
                          WHEN f.subject LIKE '%/56' THEN 2
                          WHEN f.subject LIKE '%/24' THEN 4
                          WHEN f.subject LIKE '%/48' THEN 4
                          ELSE 1
                        END
                        AND f.day_failures > 1 * (
                          CASE
                            WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified + f.previous_day_verified * greatest(
                              0,
                              1 - extract(
                                epoch
                                FROM now() - f.day_started_at
                              ) / 86400
                            )
                            ELSE f.day_verified * greatest(
                              0,
                              2 - extract(
                                epoch
                                FROM now() - f.day_started_at
                              ) / 86400
                            )
                          END
                        )
                      ) THEN greatest(
                        1,
                        ceil(
                          extract(
                            epoch
                            FROM f.day_started_at + interval '1 day' - now()
                          )
                        )
                      )::int
                      WHEN (
                        f.hour_started_at > now() - interval '1 hour'
                        AND f.hour_failures >= 1 * greatest(
                          20 * CASE
                            WHEN f.subject LIKE '%/56' THEN 2
                            WHEN f.subject LIKE '%/24' THEN 4
                            WHEN f.subject LIKE '%/48' THEN 4
                            ELSE 1
                          END,
                          least(
                            500 * CASE
                              WHEN f.subject LIKE '%/56' THEN 2
                              WHEN f.subject LIKE '%/24' THEN 4
                              WHEN f.subject LIKE '%/48' THEN 4
                              ELSE 1
                            END,
                            (
                              CASE
                                WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified + f.previous_day_verified * greatest(
                                  0,
                                  1 - extract(
                                    epoch
                                    FROM now() - f.day_started_at
                                  ) / 86400
                                )
                                ELSE f.day_verified * greatest(
                                  0,
                                  2 - extract(
                                    epoch
                                    FROM now() - f.day_started_at
                                  ) / 86400
                                )
                              END
                            ) / 2
                          )
                        )
                      ) THEN greatest(
                        1,
                        ceil(
                          extract(
                            epoch
                            FROM f.hour_started_at + interval '1 hour' - now()
                          )
                        )
                      )::int
                    END
                  ) AS suspected_for,
                  max(
                    CASE
                      WHEN (
                        f.day_started_at > now() - interval '1 day'
                        AND f.day_targets >= 50 * CASE
                          WHEN f.subject LIKE '%/56' THEN 2
                          WHEN f.subject LIKE '%/24' THEN 4
                          WHEN f.subject LIKE '%/48' THEN 4
                          ELSE 1
                        END
                        AND f.day_failures > 5 * (
                          CASE
                            WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified + f.previous_day_verified * greatest(
                              0,
                              1 - extract(
                                epoch
                                FROM now() - f.day_started_at
                              ) / 86400
                            )
                            ELSE f.day_verified * greatest(
                              0,
                              2 - extract(
                                epoch
                                FROM now() - f.day_started_at
                              ) / 86400
                            )
                          END
                        )
                      ) THEN greatest(
                        1,
                        ceil(
                          extract(
                            epoch
                            FROM f.day_started_at + interval '1 day' - now()
                          )
                        )
                      )::int
                      WHEN (
                        f.hour_started_at > now() - interval '1 hour'
                        AND f.hour_failures >= 5 * greatest(
                          20 * CASE
                            WHEN f.subject LIKE '%/56' THEN 2
                            WHEN f.subject LIKE '%/24' THEN 4
                            WHEN f.subject LIKE '%/48' THEN 4
                            ELSE 1
                          END,
                          least(
                            500 * CASE
                              WHEN f.subject LIKE '%/56' THEN 2
                              WHEN f.subject LIKE '%/24' THEN 4
                              WHEN f.subject LIKE '%/48' THEN 4
                              ELSE 1
                            END,
                            (
                              CASE
                                WHEN f.day_started_at > now() - interval '1 day' THEN f.day_verified + f.previous_day_verified * greatest(
                                  0,
                                  1 - extract(
                                    epoch
                                    FROM now() - f.day_started_at
                                  ) / 86400
                                )
                                ELSE f.day_verified * greatest(
                                  0,
                                  2 - extract(
                                    epoch
                                    FROM now() - f.day_started_at
                                  ) / 86400
                                )
                              END
                            ) / 2
                          )
                        )
                      ) THEN greatest(
                        1,
                        ceil(
                          extract(
                            epoch
                            FROM f.hour_started_at + interval '1 hour' - now()
                          )
                        )
                      )::int
                    END
                  ) AS refused_for
                FROM guess_failures f
                WHERE f.subject = ANY (:networks::text[])
              ) AS waits
          ) IS NULL
          AND NOT (
            (:networks::text[]) [1] IS NOT NULL
            AND (
              SELECT
                coalesce(sum(failed), 0) >= 50
                AND sum(failed) > sum(verified)
              FROM guess_minutes
              WHERE minute > now() - interval '10 minutes'
            )
          )
        )
      )
    FOR UPDATE
  ),
  known_user AS (
    SELECT u.*
    FROM
      proof
      JOIN users u ON u.phone = proof.phone
    FOR UPDATE OF u
  ),
  device AS (
    SELECT
      d.token_hash,
      coalesce(d.device_id, d.session_id) AS device_id
    FROM
      known_user
      JOIN known_devices d ON d.user_id = known_user.id
      AND d.token_hash = ANY (:shownDevices::bytea[])
      AND d.last_seen_at > now() - interval '180 days'
    ORDER BY d.last_seen_at DESC
    LIMIT 1
    FOR UPDATE OF d
  ),
  checked AS (
    SELECT
      proof.*,
      device.token_hash AS known_device,
      coalesce(
        (
          u.last_login_at IS NOT NULL
          AND (
            u.last_login_at < now() - interval '180 days'
            OR EXISTS (
              SELECT
              FROM known_devices other
              WHERE other.user_id = u.id
            )
          )
        ),
        false
      ) AS comparable
    FROM
      proof
      LEFT JOIN known_user u ON true
      LEFT JOIN device ON true
    WHERE
      NOT coalesce(
        (
          u.role <> :role
          AND (
            (coalesce(u.last_login_at, u.role_changed_at, u.created_at) < now() - interval '90 days')
            OR NOT (device.token_hash IS NOT NULL)
            AND NOT (
              coalesce(u.role_changed_at BETWEEN now() - interval '1 hour' AND proof.created_at, false)
              AND NOT coalesce(greatest(u.phone_changed_at, u.phone_set_at) > now() - interval '30 days', false)
            )
          )
        )
        OR (
          :recycles::boolean
          AND u.role = :role
          AND NOT u.blocked
          AND u.last_login_at IS NOT NULL
          AND (coalesce(u.last_login_at, u.role_changed_at, u.created_at) < now() - interval '90 days')
          AND NOT (device.token_hash IS NOT NULL)
          AND NOT EXISTS (
            SELECT
            FROM sessions s
            WHERE
              s.user_id = u.id
              AND s.revoked_at IS NULL
              AND least(s.idle_expires_at, s.expires_at) > now()
          )
        ),
        false
      )
  ),
  phone_budget AS (
    UPDATE budgets b
    SET
      minute_sends = greatest(0, b.minute_sends - 100 * cardinality(array_positions(checked.charged, checked.phone))),
      hour_sends = greatest(0, b.hour_sends - 75 * cardinality(array_positions(checked.charged, checked.phone)) + 0),
      day_sends = greatest(0, b.day_sends - 75 * cardinality(array_positions(checked.charged, checked.phone)) + 0),
      hour_verified = b.hour_verified + cardinality(array_positions(checked.charged, checked.phone)),
      day_verified = b.day_verified + cardinality(array_positions(checked.charged, checked.phone))
    FROM checked
    WHERE b.subject = checked.phone
  ),
  found_user AS (
    INSERT INTO users AS u (id, phone, role, locale, last_login_at)
    SELECT
      :newUserId::uuid,
      phone,
      :role,
      locale,
      CASE
        WHEN true THEN now()
      END
    FROM checked
    ON CONFLICT (phone) DO UPDATE
    SET
      last_login_at = CASE
        WHEN NOT u.blocked
        AND true THEN now()
        ELSE u.last_login_at
      END
    RETURNING u.*
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
      checked
    WHERE NOT found_user.blocked
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
      encode(
        sha256(
          convert_to(concat_ws(E'\n', u.id, s.user_agent, s.client_ip, (now() AT TIME ZONE 'UTC')::date), 'UTF8')
        ),
        'hex'
      )
    FROM
      session s
      JOIN found_user u ON u.id = s.user_id
    WHERE
      :notifies::boolean
      AND (
        SELECT
          comparable
          AND known_device IS NULL
        FROM checked
      )
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
        WHEN session.id IS NULL THEN 'FAILED'
        ELSE 'CLAIMED'
      END::login_attempt_status,
      failure_reason = CASE
        WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND'
        WHEN found_user.blocked THEN 'USER_BLOCKED'
      END::failure_reason,
      user_id = found_user.id,
      session_id = session.id,
      version = a.version + 1,
      completed_at = now(),
      claimed_at = clock_timestamp()
    FROM
      checked
      LEFT JOIN found_user ON true
      LEFT JOIN session ON true
    WHERE a.id = checked.id
    RETURNING
      a.status,
      a.failure_reason,
      checked.phone,
      checked.device_hash,
      checked.known_device,
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
  )
SELECT
  closed.*,
  EXISTS (
    SELECT
    FROM guess_failures f
    WHERE
      f.subject = coalesce(
        (closed.phone || ' on ' || encode(closed.device_hash, 'hex')),
        (closed.phone || ' from ' || (:networks::text[]) [1]),
        closed.phone
      )
      AND f.total_failures > 0
  ) AS failed_before
FROM closed
