-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/create-attempt-sql.ts
-- :shownDevices   bytea[]
-- :phone          text
-- :captchaSolved  bool
-- :maxTries       int4
-- :codeLength     int4
-- :network        text, or null
-- :cost           int4
-- :budgets        jsonb
-- :testPhone      bool
-- :requestHash    bytea, or null
-- :asksCaptcha    bool
-- :decoyIfBlocked bool
-- :attemptId      uuid
-- :secretHash     bytea
-- :codeSalt       bytea
-- :codeHashes     bytea[]
-- :codeLengths    int4[]
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
        OFFSET 0
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
      open.taken_slots,
      ceil(
        extract(
          epoch
          FROM
            CASE
              WHEN known THEN guesses.device_until
              ELSE guesses.eased_network_until
            END - now()
        )
      )::int AS refused_for,
      CASE
        WHEN NOT known
        AND NOT :captchaSolved THEN greatest(
          ceil(
            extract(
              epoch
              FROM greatest(guesses.strangers_until, guesses.network_until) - now()
            )
          )::int,
          CASE
            WHEN spray.tripped THEN 60
          END
        )
      END AS suspected_for,
      guesses.network_until IS NOT NULL AS guessed,
      spray.tripped AS sprayed,
      CASE
        WHEN guesses.of_today + open.tries + :maxTries::int <= 10
        AND guesses.in_total < 30 THEN :codeLength::int
        ELSE greatest(:codeLength::int, 8)
      END AS code_length
    FROM
      device,
      (
        SELECT
          :network::text IS NOT NULL
          AND (
            SELECT
              coalesce(sum(failed), 0) >= 50
              AND sum(failed) > sum(verified)
            FROM guess_minutes
            WHERE minute > now() - interval '10 minutes'
          ) AS tripped
        OFFSET 0
      ) AS spray,
      LATERAL (
        SELECT
          max(
            CASE
              WHEN f.day_failures >= 30
              AND f.day_started_at > now() - interval '1 day' THEN f.day_started_at + interval '1 day'
              WHEN f.hour_failures >= 10
              AND f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at + interval '1 hour'
            END
          ) FILTER (
            WHERE f.subject = (:phone || ' on ' || encode(device.hash, 'hex'))
          ) AS device_until,
          max(
            CASE
              WHEN f.day_failures >= 30
              AND f.day_started_at > now() - interval '1 day' THEN f.day_started_at + interval '1 day'
              WHEN f.hour_failures >= 10
              AND f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at + interval '1 hour'
            END
          ) FILTER (
            WHERE f.subject = :phone
          ) AS strangers_until,
          max(
            CASE
              WHEN f.day_failures >= 10
              AND f.day_started_at > now() - interval '1 day' THEN f.day_started_at + interval '1 day'
              WHEN f.hour_failures >= 5
              AND f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at + interval '1 hour'
            END
          ) FILTER (
            WHERE f.subject = (:phone || ' from ' || :network)
          ) AS network_until,
          max(
            CASE
              WHEN f.day_failures >= 50
              AND f.day_started_at > now() - interval '1 day' THEN f.day_started_at + interval '1 day'
              WHEN f.hour_failures >= 25
              AND f.hour_started_at > now() - interval '1 hour' THEN f.hour_started_at + interval '1 hour'
            END
          ) FILTER (
            WHERE f.subject = (:phone || ' from ' || :network)
          ) AS eased_network_until,
          coalesce(
            max(f.day_failures) FILTER (
              WHERE
                f.day_started_at > now() - interval '1 day'
                AND f.subject = own.subject
            ),
            0
          ) AS of_today,
          coalesce(
            max(f.total_failures) FILTER (
              WHERE f.subject = own.subject
            ),
            0
          ) AS in_total
        FROM
          guess_failures f,
          (
            SELECT
              CASE
                WHEN known THEN (:phone || ' on ' || encode(device.hash, 'hex'))
                ELSE :phone
              END AS subject
          ) AS own
        WHERE
          f.subject = ANY (ARRAY[:phone, (:phone || ' from ' || :network), (:phone || ' on ' || encode(device.hash, 'hex'))])
      ) AS guesses,
      LATERAL (
        SELECT
          coalesce(array_agg(open.active_slot::int), '{}') AS taken_slots,
          coalesce(
            sum(:maxTries::int - open.tries) FILTER (
              WHERE
                open.expires_at > now()
                AND coalesce(open.code_length, :codeLength::int) < 8
                AND (open.device_hash IS NOT NULL) = known
            ),
            0
          ) AS tries
        FROM login_attempts open
        WHERE
          open.phone = :phone
          AND open.method = 'OTP'
          AND open.status = 'PENDING'
      ) AS open
  ),
  listed AS MATERIALIZED (
    SELECT
      w.scope,
      CASE w.scope
        WHEN 1 THEN (:phone || ' on known devices')
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
      w.day_cost,
      CASE
        WHEN w.uncounted THEN 0
        ELSE 100
      END AS weight,
      b.minute_started_at,
      b.hour_started_at,
      b.day_started_at,
      CASE
        WHEN b.minute_started_at > now() - interval '1 minute' THEN b.minute_sends / w.minute_sends
      END AS minute_share,
      CASE
        WHEN b.hour_started_at > now() - interval '1 hour' THEN greatest(
          b.hour_sends / w.hour_sends,
          CASE
            WHEN w.hour_unverified > 0 THEN (b.hour_sends - 25 * b.hour_verified) / 100::float8 / greatest(
              w.hour_unverified,
              0.2 * coalesce(w.growth, 1) * greatest(
                b.hour_verified,
                0.5::float8 * greatest(
                  b.day_verified,
                  CASE
                    WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                  END
                )
              )
            )
          END
        )
      END AS hour_share,
      CASE
        WHEN b.day_started_at > now() - interval '1 day' THEN greatest(
          b.day_sends / w.day_sends,
          CASE
            WHEN w.day_unverified > 0 THEN (b.day_sends - 25 * b.day_verified) / 100::float8 / greatest(
              w.day_unverified,
              0.3 * coalesce(w.growth, 1) * greatest(
                b.day_verified,
                CASE
                  WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                END
              )
            )
          END
        )
      END AS day_share,
      CASE
        WHEN :cost::int > 0 THEN (
          CASE
            WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_cost
            ELSE 0
          END + :cost::int - 1
        ) / w.hour_cost
      END AS hour_cost_share,
      CASE
        WHEN :cost::int > 0 THEN (
          CASE
            WHEN b.day_started_at > now() - interval '1 day' THEN b.day_cost
            ELSE 0
          END + :cost::int - 1
        ) / w.day_cost
      END AS day_cost_share,
      w.rule = 'address'
      AND greatest(
        b.day_verified,
        CASE
          WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
        END
      ) >= 3
      AND (
        NOT b.day_started_at > now() - interval '1 day'
        OR (b.day_sends - 25 * b.day_verified) / 100::float8 <= greatest(
          1,
          greatest(
            b.day_verified,
            CASE
              WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
            END
          ) / 2::float8
        )
      ) AS trusted
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
        uncounted boolean,
        hour_cost float8,
        day_cost float8
      )
      LEFT JOIN budgets b ON b.subject = CASE w.scope
        WHEN 1 THEN (:phone || ' on known devices')
        ELSE w.subject
      END
    WHERE
      w.audience = ANY (
        CASE
          WHEN (
            SELECT known
            FROM device
          ) THEN '{all,known}'::text[]
          WHEN EXISTS (
            SELECT
            FROM users u
            WHERE
              u.phone = :phone
              AND u.created_at <= now() - interval '24 hours'
          ) THEN '{all,stranger,reserve,user}'::text[]
          ELSE '{all,stranger,reserve,new}'::text[]
        END
      )
  ),
  facts AS MATERIALIZED (
    SELECT
      trusted,
      phone_is_spent,
      reserve_is_spent,
      trusted
      OR EXISTS (
        SELECT
        FROM
          users u
          JOIN sessions s ON s.user_id = u.id
        WHERE
          u.phone = :phone
          AND (
            s.client_ip = :network::text
            OR (
              :network::text LIKE '%::/64'
              AND starts_with(s.client_ip, replace(:network::text, '::/64', ':'))
            )
          )
      ) AS eases_destination,
      CASE
        WHEN :captchaSolved::boolean THEN reserve
      END AS own_reserve,
      CASE
        WHEN phone_is_spent
        AND :captchaSolved::boolean THEN reserve
      END AS reserve
    FROM
      (
        SELECT
          coalesce(bool_or(trusted), false) AS trusted,
          coalesce(
            bool_or(
              scope = 2
              AND audience = 'stranger'
              AND greatest(minute_share, hour_share, day_share) >= ease
            ),
            false
          ) AS phone_is_spent,
          coalesce(
            bool_or(
              CASE
                WHEN audience = 'reserve' THEN greatest(minute_share, hour_share, day_share) >= ease
                WHEN w.scope = 2
                AND w.audience = 'stranger' THEN greatest(minute_share, hour_share, day_share) >= 100
              END
            ),
            false
          )
          OR coalesce(NOT bool_or(audience = 'reserve'), true) AS reserve_is_spent,
          max(subject) FILTER (
            WHERE audience = 'reserve'
          ) AS reserve
        FROM listed w
      ) AS of_client
  ),
  wanted AS MATERIALIZED (
    SELECT
      w.scope,
      w.subject,
      w.rule,
      w.blocks,
      w.ease AS full_ease,
      CASE
        WHEN (
          facts.reserve IS NOT NULL
          AND w.scope = 2
          AND w.audience = 'stranger'
        ) THEN 100
        WHEN (
          facts.reserve IS NOT NULL
          AND w.scope = 18
        ) THEN 'infinity'
        WHEN CASE
          WHEN w.blocks THEN eases_destination
          ELSE :captchaSolved::boolean
        END THEN w.ease
        ELSE 1
      END AS ease,
      CASE
        WHEN NOT (
          facts.reserve IS NOT NULL
          AND w.scope = 2
          AND w.audience = 'stranger'
        ) THEN w.minute_sends
      END AS minute_sends,
      w.hour_sends,
      w.day_sends,
      w.hour_unverified,
      w.day_unverified,
      w.growth,
      w.hour_cost,
      w.day_cost,
      CASE
        WHEN (
          facts.reserve IS NOT NULL
          AND w.scope = 18
        ) THEN 0
        ELSE w.weight
      END AS weight,
      w.minute_started_at,
      w.hour_started_at,
      w.day_started_at,
      w.minute_share,
      w.hour_share,
      w.day_share,
      w.hour_cost_share,
      w.day_cost_share
    FROM
      facts,
      listed w
    WHERE
      w.audience <> 'reserve'
      OR facts.reserve IS NOT NULL
  ),
  judged AS MATERIALIZED (
    SELECT
      scope,
      subject,
      rule,
      blocks,
      greatest(minute_share, hour_share, day_share) >= full_ease AS beyond_captcha,
      greatest(hour_share, day_share) / ease >= 0.5 AS half_spent,
      CASE
        WHEN greatest(greatest(minute_share, hour_share, day_share) / ease, hour_cost_share, day_cost_share) >= 1 THEN greatest(
          CASE
            WHEN minute_share >= ease THEN minute_started_at + interval '1 minute'
          END,
          CASE
            WHEN greatest(hour_share / ease, hour_cost_share) >= 1 THEN coalesce(hour_started_at, now()) + interval '1 hour'
          END,
          CASE
            WHEN greatest(day_share / ease, day_cost_share) >= 1 THEN coalesce(day_started_at, now()) + interval '1 day'
          END,
          now() + interval '1 second'
        )
      END AS full_until
    FROM wanted
  ),
  verdict AS (
    SELECT
      (
        SELECT rule
        FROM judged
        WHERE
          NOT blocks
          AND full_until = refused_until
        LIMIT 1
      ) AS refused_by,
      ceil(
        extract(
          epoch
          FROM refused_until - now()
        )
      )::int AS retry_after,
      blocking.rule AS blocked_by,
      blocking.subject AS blocked_subject,
      blocked_until,
      blocked_on_any_channel,
      sums.beyond_captcha,
      NOT :captchaSolved::boolean
      AND NOT (
        (
          SELECT known
          FROM device
        )
      )
      AND NOT sums.beyond_captcha
      AND (
        phone_refuses
        OR NOT trusted
        AND half_spent
      ) AS suspicious,
      reserve,
      own_reserve
    FROM
      facts,
      LATERAL (
        SELECT
          max(full_until) FILTER (
            WHERE NOT blocks
          ) AS refused_until,
          max(full_until) FILTER (
            WHERE blocks
          ) AS blocked_until,
          coalesce(
            bool_or(
              full_until IS NOT NULL
              AND blocks
              AND scope NOT IN (9, 10, 21, 22)
            ),
            false
          ) AS blocked_on_any_channel,
          coalesce(
            bool_or(
              full_until IS NOT NULL
              AND scope = 2
            ),
            false
          ) AS phone_refuses,
          coalesce(
            bool_or(
              half_spent
              AND NOT blocks
            ),
            false
          ) AS half_spent,
          phone_is_spent
          AND reserve_is_spent
          OR coalesce(
            bool_or(
              judged.beyond_captcha
              AND NOT blocks
              AND NOT scope = 2
            ),
            false
          ) AS beyond_captcha
        FROM judged
      ) AS sums
      LEFT JOIN LATERAL (
        SELECT
          rule,
          subject
        FROM judged
        WHERE
          blocks
          AND full_until = blocked_until
        ORDER BY scope
        LIMIT 1
      ) AS blocking ON true
  ),
  decision AS MATERIALIZED (
    SELECT
      verdict.*,
      verdict.blocked_by IS NOT NULL AS blocked,
      (
        :testPhone::boolean
        OR false
      ) AS decoy,
      client.device_hash,
      client.refused_for,
      client.suspected_for,
      client.guessed,
      client.sprayed,
      client.taken_slots,
      CASE
        WHEN own_reserve IS NULL THEN client.slots
        ELSE client.slots || (1000 + abs(hashtext (own_reserve) % 30000))
      END AS slots,
      client.code_length,
      EXISTS (
        SELECT
        FROM login_attempts same
        WHERE same.idempotency_hash = :requestHash
      ) AS repeated
    FROM
      verdict,
      client
  ),
  free_slot AS (
    SELECT
      slot,
      device_hash,
      blocked,
      decoy,
      blocked_by,
      greatest(
        code_length,
        CASE
          WHEN reserve IS NOT NULL
          OR slot >= 1000 THEN 10
        END
      ) AS code_length
    FROM
      decision,
      unnest(slots) AS slot
    WHERE
      slot <> ALL (taken_slots)
      AND refused_for IS NULL
      AND suspected_for IS NULL
      AND NOT repeated
      AND refused_by IS NULL
      AND NOT (
        :asksCaptcha::boolean
        AND suspicious
      )
      AND (
        NOT blocked
        OR blocked_on_any_channel
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
        code_hash,
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
        captcha_solved,
        charged
      )
    SELECT
      :attemptId::uuid,
      'OTP',
      :phone,
      :secretHash::bytea,
      :codeSalt::bytea,
      (:codeHashes::bytea[]) [array_position(:codeLengths::int[], free_slot.code_length)],
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
      :captchaSolved::boolean,
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
        ELSE w.weight
      END,
      now(),
      w.weight,
      :cost::int,
      0,
      now(),
      w.weight,
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
      END + excluded.hour_sends,
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
      END + excluded.day_sends,
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
              greatest(
                CASE
                  WHEN b.minute_started_at > now() - interval '1 minute' THEN b.minute_sends / w.minute_sends
                END,
                CASE
                  WHEN b.hour_started_at > now() - interval '1 hour' THEN greatest(
                    b.hour_sends / w.hour_sends,
                    CASE
                      WHEN w.hour_unverified > 0 THEN (b.hour_sends - 25 * b.hour_verified) / 100::float8 / greatest(
                        w.hour_unverified,
                        0.2 * coalesce(w.growth, 1) * greatest(
                          b.hour_verified,
                          0.5::float8 * greatest(
                            b.day_verified,
                            CASE
                              WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                            END
                          )
                        )
                      )
                    END
                  )
                END,
                CASE
                  WHEN b.day_started_at > now() - interval '1 day' THEN greatest(
                    b.day_sends / w.day_sends,
                    CASE
                      WHEN w.day_unverified > 0 THEN (b.day_sends - 25 * b.day_verified) / 100::float8 / greatest(
                        w.day_unverified,
                        0.3 * coalesce(w.growth, 1) * greatest(
                          b.day_verified,
                          CASE
                            WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
                          END
                        )
                      )
                    END
                  )
                END
              ) / w.ease,
              CASE
                WHEN :cost::int > 0 THEN (
                  CASE
                    WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_cost
                    ELSE 0
                  END + :cost::int - 1
                ) / w.hour_cost
              END,
              CASE
                WHEN :cost::int > 0 THEN (
                  CASE
                    WHEN b.day_started_at > now() - interval '1 day' THEN b.day_cost
                    ELSE 0
                  END + :cost::int - 1
                ) / w.day_cost
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
  blocked_by,
  blocked_subject,
  blocked_until,
  blocked_on_any_channel,
  beyond_captcha,
  suspicious,
  guessed,
  sprayed,
  device_hash IS NOT NULL AS known,
  slots,
  refused_for,
  suspected_for,
  id AS attempt_id,
  expires_at,
  resend_at,
  attempt.code_length,
  failure IS NULL AS deliver,
  ARRAY(
    SELECT subject
    FROM charged
  ) AS charged,
  cardinality(attempt.charged) AS to_charge,
  repeated
FROM
  decision
  LEFT JOIN (
    attempt
    CROSS JOIN delivery
  ) ON true
