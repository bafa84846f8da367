-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/create-attempt-sql.ts
-- :phone          text
-- :requestHash    bytea, or null
-- :network        text, or null
-- :attemptId      uuid
-- :secretHash     bytea
-- :codeSalt       bytea
-- :keyId          text
-- :locale         text
-- :ttlSeconds     int4
-- :ip             text
-- :userAgent      text, or null
-- :location       text, or null
-- :purpose        attempt_purpose
-- :userId         uuid, or null
-- :deliveryId     uuid
-- :channel        text
-- :maskedPhone    text
-- :country        text, or null
-- :nextChannels   text[]
-- :overdueSeconds int4, or null
WITH
  free_slot AS (
    SELECT slot
    FROM generate_series(1, 3) AS slot
    WHERE
      NOT EXISTS (
        SELECT 1
        FROM login_attempts pending
        WHERE
          pending.phone = :phone
          AND pending.active_slot = slot
          AND pending.method = 'OTP'
          AND pending.status = 'PENDING'
      )
      AND NOT EXISTS (
        SELECT 1
        FROM login_attempts same
        WHERE same.idempotency_hash = :requestHash
      )
      AND NOT EXISTS (
        SELECT 1
        FROM phone_failures f
        WHERE
          f.phone = :phone
          AND (
            f.consecutive >= 100
            OR (
              f.hour_failures >= 10
              AND f.hour_started_at > now() - interval '1 hour'
            )
          )
      )
      AND NOT EXISTS (
        SELECT 1
        FROM send_budgets b
        WHERE
          b.subject IN (:phone, :network)
          AND (
            (
              b.hour_started_at > now() - interval '1 hour'
              AND b.hour_sends >= CASE
                WHEN b.subject LIKE '+%' THEN 10
                ELSE 30
              END
            )
            OR (
              b.day_started_at > now() - interval '1 day'
              AND b.day_sends >= CASE
                WHEN b.subject LIKE '+%' THEN 20
                ELSE 100
              END
            )
          )
      )
    LIMIT 1
  ),
  attempt AS (
    INSERT INTO
      login_attempts (
        id,
        method,
        phone,
        secret_hash,
        code_salt,
        idempotency_hash,
        active_slot,
        key_id,
        locale,
        expires_at,
        resend_at,
        client_ip,
        client_network,
        user_agent,
        location,
        purpose,
        user_id
      )
    SELECT
      :attemptId::uuid,
      'OTP',
      :phone,
      :secretHash::bytea,
      :codeSalt::bytea,
      :requestHash::bytea,
      slot,
      :keyId,
      :locale,
      now() + :ttlSeconds::int * interval '1 second',
      now() + interval '60 seconds',
      :ip,
      :network,
      :userAgent,
      :location,
      :purpose::attempt_purpose,
      :userId::uuid
    FROM
      free_slot
      JOIN (
        SELECT set_config('synchronous_commit', 'off', true) AS setting
      ) AS async_commit ON async_commit.setting = 'off'
    ON CONFLICT DO NOTHING
    RETURNING
      id,
      phone,
      client_network,
      expires_at,
      resend_at
  ),
  charged AS (
    INSERT INTO send_budgets AS b (subject, hour_started_at, hour_sends, day_started_at, day_sends)
    SELECT
      subject,
      now(),
      1,
      now(),
      1
    FROM
      attempt,
      unnest(ARRAY[attempt.phone, attempt.client_network]) WITH ORDINALITY AS charge (subject, position)
    WHERE subject IS NOT NULL
    ORDER BY position
    ON CONFLICT (subject) DO UPDATE
    SET
      hour_started_at = CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_started_at
        ELSE now()
      END,
      hour_sends = CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_sends + 1
        ELSE 1
      END,
      day_started_at = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.day_started_at
        ELSE now()
      END,
      day_sends = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.day_sends + 1
        ELSE 1
      END
    WHERE
      NOT (
        (
          b.hour_started_at > now() - interval '1 hour'
          AND b.hour_sends >= CASE
            WHEN b.subject LIKE '+%' THEN 10
            ELSE 30
          END
        )
        OR (
          b.day_started_at > now() - interval '1 day'
          AND b.day_sends >= CASE
            WHEN b.subject LIKE '+%' THEN 20
            ELSE 100
          END
        )
      )
    RETURNING subject
  ),
  delivery AS (
    INSERT INTO
      sms_log (
        id,
        attempt_id,
        channel,
        masked_phone,
        country,
        purpose,
        locale,
        failure,
        next_channels,
        failover_at
      )
    SELECT
      :deliveryId::uuid,
      id,
      :channel,
      :maskedPhone,
      :country,
      'LOGIN_CODE',
      :locale,
      NULL,
      :nextChannels::text[],
      now() + :overdueSeconds::int * interval '1 second'
    FROM attempt
    RETURNING failure
  )
SELECT
  expires_at,
  resend_at,
  failure IS NULL AS deliver,
  ARRAY(
    SELECT subject
    FROM charged
  ) AS charged,
  num_nonnulls (phone, client_network) AS to_charge
FROM
  attempt,
  delivery
