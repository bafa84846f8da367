-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/charge-message.ts
-- :budgets       jsonb
-- :known         bool
-- :captchaSolved bool
-- :cost          int4
-- :decoy         bool
-- :attemptId     uuid, or null
WITH
  listed AS MATERIALIZED (
    SELECT
      w.scope,
      CASE
        WHEN w.scope = 1 THEN w.subject
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
          WHEN :known::boolean THEN 'known'
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
      AND NOT (:known::boolean)
      AND EXISTS (
        SELECT
        FROM judged
        WHERE greatest(hour_share, day_share) >= 0.5
      ) AS suspicious
    FROM trust
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
      verdict,
      wanted w
    WHERE
      refused_by IS NULL
      AND (
        blocked_by IS NULL
        AND NOT :decoy::boolean
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
  recorded AS (
    UPDATE login_attempts a
    SET
      charged = a.charged || ARRAY(
        SELECT subject
        FROM charged
      )
    WHERE a.id = :attemptId::uuid
  )
SELECT
  refused_by,
  retry_after,
  blocked_by,
  blocked_until,
  suspicious,
  ARRAY(
    SELECT subject
    FROM charged
  ) AS charged
FROM verdict
