-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/budgets/take-allowance.ts
-- :cost    int4
-- :budgets jsonb
WITH
  listed AS MATERIALIZED (
    SELECT
      w.scope,
      CASE w.scope
        WHEN 1 THEN NULL
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
        WHEN 1 THEN NULL
        ELSE w.subject
      END
    WHERE
      w.audience = ANY (
        CASE
          WHEN false THEN '{all,known}'::text[]
          WHEN false THEN '{all,stranger,reserve,user}'::text[]
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
      OR false AS eases_destination,
      CASE
        WHEN false THEN reserve
      END AS own_reserve,
      CASE
        WHEN phone_is_spent
        AND false THEN reserve
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
          ELSE false
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
      NOT false
      AND NOT (false)
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
      verdict,
      wanted w
    WHERE refused_by IS NULL
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
  )
SELECT
  (
    SELECT count(*)
    FROM charged
  ) = (
    SELECT count(*)
    FROM wanted
  ) AS taken,
  retry_after
FROM verdict
