-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/create-attempt-sql.ts
-- :shownDevices   bytea[]
-- :phone          text
-- :captchaSolved  bool
-- :network        text, or null
-- :maxTries       int4
-- :codeLength     int4
-- :budgets        jsonb
-- :cost           int4
-- :testPhone      bool
-- :requestHash    bytea, or null
-- :asksCaptcha    bool
-- :decoyIfBlocked bool
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
  device AS MATERIALIZED (
    SELECT
      hash,
      hash IS NOT NULL AS known
    FROM
      (
        SELECT
          (
            SELECT d.token_hash
            FROM
              users u
              JOIN known_devices d ON d.user_id = u.id
              AND d.token_hash = ANY (:shownDevices::bytea[])
              AND d.last_seen_at > now() - interval '180 days'
            WHERE u.phone = :phone
            ORDER BY d.last_seen_at DESC
            LIMIT 1
          ) AS hash
      ) AS shown
  ),
  client AS (
    SELECT
      device.hash AS device_hash,
      CASE
        WHEN known THEN '{4,5,6}'::int[]
        WHEN :captchaSolved THEN '{1,2,3,7,8,9}'::int[]
        ELSE '{1,2,3}'::int[]
      END AS slots,
      CASE
        WHEN known THEN (
          SELECT
            CASE
              WHEN f.day_failures >= 30
              AND f.day_started_at > now() - interval '1 day' THEN greatest(
                1,
                ceil(
                  extract(
                    epoch
                    FROM f.day_started_at + interval '1 day' - now()
                  )
                )
              )::int
              WHEN f.hour_failures >= 10
              AND f.hour_started_at > now() - interval '1 hour' THEN greatest(
                1,
                ceil(
                  extract(
                    epoch
                    FROM f.hour_started_at + interval '1 hour' - now()
                  )
                )
              )::int
            END
          FROM guess_failures f
          WHERE f.subject = (:phone || ' on ' || encode(device.hash, 'hex'))
        )
        ELSE (
          SELECT
            CASE
              WHEN f.day_failures >= 10
              AND f.day_started_at > now() - interval '1 day' THEN greatest(
                1,
                ceil(
                  extract(
                    epoch
                    FROM f.day_started_at + interval '1 day' - now()
                  )
                )
              )::int
              WHEN f.hour_failures >= 5
              AND f.hour_started_at > now() - interval '1 hour' THEN greatest(
                1,
                ceil(
                  extract(
                    epoch
                    FROM f.hour_started_at + interval '1 hour' - now()
                  )
                )
              )::int
            END
          FROM guess_failures f
          WHERE f.subject = (:phone || ' from ' || :network)
        )
      END AS refused_for,
      CASE
        WHEN NOT known
        AND NOT :captchaSolved THEN greatest(
          (
            SELECT
              CASE
                WHEN f.day_failures >= 30
                AND f.day_started_at > now() - interval '1 day' THEN greatest(
                  1,
                  ceil(
                    extract(
                      epoch
                      FROM f.day_started_at + interval '1 day' - now()
                    )
                  )
                )::int
                WHEN f.hour_failures >= 10
                AND f.hour_started_at > now() - interval '1 hour' THEN greatest(
                  1,
                  ceil(
                    extract(
                      epoch
                      FROM f.hour_started_at + interval '1 hour' - now()
                    )
                  )
                )::int
              END
            FROM guess_failures f
            WHERE f.subject = :phone
          ),
          CASE
            WHEN :network IS NOT NULL
            AND (
              SELECT
                coalesce(sum(failed), 0) >= 50
                AND sum(failed) > sum(verified)
              FROM guess_minutes
              WHERE minute > now() - interval '10 minutes'
            ) THEN 60
          END
        )
      END AS suspected_for,
      CASE
        WHEN failures.of_today + open.tries + :maxTries::int <= 10
        AND failures.in_total < 30 THEN :codeLength::int
        ELSE greatest(:codeLength::int, 8)
      END AS code_length
    FROM
      device,
      LATERAL (
        SELECT
          coalesce(
            max(
              CASE
                WHEN f.day_started_at > now() - interval '1 day' THEN f.day_failures
              END
            ),
            0
          ) AS of_today,
          coalesce(max(f.total_failures), 0) AS in_total
        FROM guess_failures f
        WHERE
          f.subject = CASE
            WHEN known THEN (:phone || ' on ' || encode(device.hash, 'hex'))
            ELSE :phone
          END
      ) AS failures,
      LATERAL (
        SELECT coalesce(sum(:maxTries::int - open.tries), 0) AS tries
        FROM login_attempts open
        WHERE
          open.phone = :phone
          AND open.method = 'OTP'
          AND open.status = 'PENDING'
          AND open.expires_at > now()
          AND coalesce(open.code_length, :codeLength::int) < 8
          AND (open.device_hash IS NOT NULL) = known
      ) AS open
  ),
  listed AS MATERIALIZED (
    SELECT
      w.scope,
      CASE
        WHEN w.scope = 1 THEN (
          :phone || ' on ' || encode(
            (
              SELECT hash
              FROM device
            ),
            'hex'
          )
        )
        ELSE w.subject
      END AS subject,
      w.rule,
      w.audience,
      w.blocks,
      w.ease,
      w.minute_sends,
      w.hour_sends,
      w.day_sends,
      w.hour_unverified,
      w.day_unverified,
      w.growth,
      w.hour_cost,
      w.day_cost
    FROM
      jsonb_to_recordset(:budgets::jsonb) AS w (
        scope int2,
        subject text,
        rule text,
        audience text,
        blocks boolean,
        ease float8,
        minute_sends float8,
        hour_sends float8,
        day_sends float8,
        hour_unverified float8,
        day_unverified float8,
        growth float8,
        hour_cost float8,
        day_cost float8
      )
    WHERE
      w.audience IN (
        'all',
        CASE
          WHEN (
            SELECT known
            FROM device
          ) THEN 'known'
          ELSE 'stranger'
        END
      )
  ),
  trust AS MATERIALIZED (
    SELECT
      EXISTS (
        SELECT
        FROM
          listed w
          JOIN budgets b ON b.subject = w.subject
        WHERE
          w.rule = 'address'
          AND greatest(
            b.day_verified,
            CASE
              WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
            END
          ) >= 3
          AND (
            NOT b.day_started_at > now() - interval '1 day'
            OR (b.day_sends - 25 * b.day_verified) / 100.0 <= greatest(
              1,
              greatest(
                b.day_verified,
                CASE
                  WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                END
              ) / 2.0
            )
          )
      ) AS trusted
  ),
  wanted AS MATERIALIZED (
    SELECT
      scope,
      subject,
      rule,
      audience,
      blocks,
      CASE
        WHEN :captchaSolved::boolean
        OR (
          blocks
          AND trusted
        ) THEN ease
        ELSE 1
      END AS ease,
      minute_sends,
      hour_sends,
      day_sends,
      hour_unverified,
      day_unverified,
      growth,
      hour_cost,
      day_cost
    FROM
      listed,
      trust
  ),
  judged AS MATERIALIZED (
    SELECT
      w.scope,
      w.rule,
      w.blocks,
      b.minute_started_at,
      b.hour_started_at,
      b.day_started_at,
      CASE
        WHEN b.minute_started_at > now() - interval '1 minute' THEN b.minute_sends / (w.minute_sends * w.ease)
      END AS minute_share,
      CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN greatest(
          b.hour_sends / (w.hour_sends * w.ease),
          CASE
            WHEN w.hour_unverified > 0 THEN (b.hour_sends - 25 * b.hour_verified) / 100.0 / (
              greatest(
                w.hour_unverified,
                0.2 * coalesce(w.growth, 1) * greatest(
                  b.hour_verified,
                  greatest(
                    b.day_verified,
                    CASE
                      WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                    END
                  ) / 6.0
                )
              ) * w.ease
            )
          END,
          CASE
            WHEN :cost::int > 0 THEN (b.hour_cost + :cost::int - 1) / w.hour_cost
          END
        )
        ELSE CASE WHEN :cost::int > 0 THEN (0 + :cost::int - 1) / w.hour_cost
        END
      END AS hour_share,
      CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN greatest(
          b.day_sends / (w.day_sends * w.ease),
          CASE
            WHEN w.day_unverified > 0 THEN (b.day_sends - 25 * b.day_verified) / 100.0 / (
              greatest(
                w.day_unverified,
                0.3 * coalesce(w.growth, 1) * greatest(
                  b.day_verified,
                  CASE
                    WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                  END
                )
              ) * w.ease
            )
          END,
          CASE
            WHEN :cost::int > 0 THEN (b.day_cost + :cost::int - 1) / w.day_cost
          END
        )
        ELSE CASE WHEN :cost::int > 0 THEN (0 + :cost::int - 1) / w.day_cost
        END
      END AS day_share
    FROM
      wanted w
      LEFT JOIN budgets b ON b.subject = w.subject
  ),
  full_budget AS MATERIALIZED (
    SELECT
      scope,
      rule,
      blocks,
      greatest(
        CASE
          WHEN minute_share >= 1 THEN minute_started_at + interval '1 minute'
        END,
        CASE
          WHEN hour_share >= 1 THEN coalesce(hour_started_at, now()) + interval '1 hour'
        END,
        CASE
          WHEN day_share >= 1 THEN coalesce(day_started_at, now()) + interval '1 day'
        END,
        now() + interval '1 second'
      ) AS until
    FROM judged
    WHERE greatest(minute_share, hour_share, day_share) >= 1
  ),
  verdict AS MATERIALIZED (
    SELECT
      (
        SELECT rule
        FROM full_budget
        WHERE NOT blocks
        ORDER BY until DESC
        LIMIT 1
      ) AS refused_by,
      (
        SELECT
          ceil(
            extract(
              epoch
              FROM max(until) - now()
            )
          )::int
        FROM full_budget
        WHERE NOT blocks
      ) AS retry_after,
      (
        SELECT rule
        FROM full_budget
        WHERE blocks
        ORDER BY until DESC
        LIMIT 1
      ) AS blocked_by,
      (
        SELECT max(until)
        FROM full_budget
        WHERE blocks
      ) AS blocked_until,
      NOT trusted
      AND NOT :captchaSolved::boolean
      AND NOT (
        (
          SELECT known
          FROM device
        )
      )
      AND EXISTS (
        SELECT
        FROM judged
        WHERE greatest(hour_share, day_share) >= 0.5
      ) AS suspicious
    FROM trust
  ),
  decision AS MATERIALIZED (
    SELECT
      verdict.*,
      verdict.blocked_by IS NOT NULL AS blocked,
      (
        :testPhone::boolean
        OR false
      ) AS decoy
    FROM verdict
  ),
  free_slot AS (
    SELECT
      slot,
      client.device_hash,
      client.code_length,
      blocked,
      decoy,
      blocked_by
    FROM
      decision,
      client,
      unnest(client.slots) AS slot
    WHERE
      client.refused_for IS NULL
      AND client.suspected_for IS NULL
      AND NOT EXISTS (
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
      AND refused_by IS NULL
      AND NOT (
        :asksCaptcha::boolean
        AND suspicious
      )
      AND (
        NOT blocked
        OR :decoyIfBlocked::boolean
      )
    ORDER BY slot
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
        user_id,
        code_length,
        device_hash,
        charged
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
      :userId::uuid,
      CASE
        WHEN :testPhone::boolean THEN :codeLength::int
        ELSE code_length
      END,
      device_hash,
      ARRAY(
        SELECT subject
        FROM wanted w
        WHERE
          (
            NOT (
              free_slot.blocked
              OR free_slot.decoy
            )
            OR NOT w.blocks
          )
        ORDER BY w.scope
      )
    FROM
      free_slot
      JOIN (
        SELECT set_config('synchronous_commit', 'off', true) AS setting
      ) AS async_commit ON async_commit.setting = 'off'
    ON CONFLICT DO NOTHING
    RETURNING
      id,
      expires_at,
      resend_at,
      code_length,
      charged
  ),
  charged AS (
    INSERT INTO
      budgets AS b (
        subject,
        scope,
        minute_started_at,
        minute_sends,
        hour_started_at,
        hour_sends,
        hour_cost,
        hour_verified,
        day_started_at,
        day_sends,
        day_cost,
        day_verified,
        peak_verified,
        peak_at
      )
    SELECT
      w.subject,
      w.scope,
      now(),
      CASE
        WHEN w.minute_sends IS NULL THEN 0
        ELSE 100
      END,
      now(),
      100,
      :cost::int,
      0,
      now(),
      100,
      :cost::int,
      0,
      0,
      now()
    FROM
      attempt,
      free_slot,
      wanted w
    WHERE
      (
        NOT (
          free_slot.blocked
          OR free_slot.decoy
        )
        OR NOT w.blocks
      )
    ORDER BY
      w.scope,
      w.subject
    ON CONFLICT (subject) DO UPDATE
    SET
      minute_started_at = CASE
        WHEN b.minute_started_at > now() - interval '1 minute' THEN b.minute_started_at
        ELSE now()
      END,
      minute_sends = CASE
        WHEN b.minute_started_at > now() - interval '1 minute' THEN b.minute_sends
        ELSE 0
      END + excluded.minute_sends,
      hour_started_at = CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_started_at
        ELSE now()
      END,
      hour_sends = CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_sends
        ELSE 0
      END + 100,
      hour_cost = CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_cost
        ELSE 0
      END + excluded.hour_cost,
      hour_verified = CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_verified
        ELSE 0
      END,
      day_started_at = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.day_started_at
        ELSE now()
      END,
      day_sends = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.day_sends
        ELSE 0
      END + 100,
      day_cost = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.day_cost
        ELSE 0
      END + excluded.day_cost,
      day_verified = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.day_verified
        ELSE 0
      END,
      peak_verified = CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN b.peak_verified
        ELSE greatest(
          b.day_verified,
          CASE
            WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
          END
        )
      END,
      peak_at = CASE
        WHEN b.day_started_at > now() - interval '1 day'
        OR greatest(
          b.day_verified,
          CASE
            WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
          END
        ) > b.day_verified THEN b.peak_at
        ELSE b.day_started_at
      END
    WHERE
      NOT (
        SELECT
          coalesce(
            greatest(
              CASE
                WHEN b.minute_started_at > now() - interval '1 minute' THEN b.minute_sends / (w.minute_sends * w.ease)
              END,
              CASE
                WHEN b.hour_started_at > now() - interval '1 hour' THEN greatest(
                  b.hour_sends / (w.hour_sends * w.ease),
                  CASE
                    WHEN w.hour_unverified > 0 THEN (b.hour_sends - 25 * b.hour_verified) / 100.0 / (
                      greatest(
                        w.hour_unverified,
                        0.2 * coalesce(w.growth, 1) * greatest(
                          b.hour_verified,
                          greatest(
                            b.day_verified,
                            CASE
                              WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                            END
                          ) / 6.0
                        )
                      ) * w.ease
                    )
                  END,
                  CASE
                    WHEN :cost::int > 0 THEN (b.hour_cost + :cost::int - 1) / w.hour_cost
                  END
                )
                ELSE CASE WHEN :cost::int > 0 THEN (0 + :cost::int - 1) / w.hour_cost
                END
              END,
              CASE
                WHEN b.day_started_at > now() - interval '1 day' THEN greatest(
                  b.day_sends / (w.day_sends * w.ease),
                  CASE
                    WHEN w.day_unverified > 0 THEN (b.day_sends - 25 * b.day_verified) / 100.0 / (
                      greatest(
                        w.day_unverified,
                        0.3 * coalesce(w.growth, 1) * greatest(
                          b.day_verified,
                          CASE
                            WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                          END
                        )
                      ) * w.ease
                    )
                  END,
                  CASE
                    WHEN :cost::int > 0 THEN (b.day_cost + :cost::int - 1) / w.day_cost
                  END
                )
                ELSE CASE WHEN :cost::int > 0 THEN (0 + :cost::int - 1) / w.day_cost
                END
              END
            ) >= 1,
            false
          )
        FROM wanted w
        WHERE w.subject = b.subject
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
        failover_at,
        blocked_by
      )
    SELECT
      :deliveryId::uuid,
      id,
      :channel,
      :maskedPhone,
      :country,
      'LOGIN_CODE',
      :locale,
      CASE
        WHEN free_slot.blocked
        OR free_slot.decoy THEN 'suppressed'
      END,
      :nextChannels::text[],
      now() + :overdueSeconds::int * interval '1 second',
      free_slot.blocked_by
    FROM
      attempt,
      free_slot
    RETURNING failure
  )
SELECT
  refused_by,
  retry_after,
  decision.blocked_by,
  blocked_until,
  suspicious,
  client.slots,
  client.refused_for,
  client.suspected_for,
  id AS attempt_id,
  expires_at,
  resend_at,
  attempt.code_length,
  failure IS NULL AS deliver,
  ARRAY(
    SELECT subject
    FROM charged
  ) AS charged,
  cardinality(attempt.charged) AS to_charge
FROM
  decision
  CROSS JOIN device
  CROSS JOIN client
  LEFT JOIN (
    attempt
    CROSS JOIN delivery
  ) ON true
