-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/budgets/give-back.ts
-- :subjects     text[]
-- :attemptId    uuid, or null
-- :providerDown bool
-- :notSent      bool
-- :cost         int4
-- :unnoticed    bool
WITH
  attempt AS (
    UPDATE login_attempts a
    SET
      charged = ARRAY(
        SELECT subject
        FROM
          (
            SELECT
              subject,
              n,
              row_number() OVER (
                PARTITION BY subject
                ORDER BY n
              ) AS nth
            FROM unnest(a.charged) WITH ORDINALITY AS charged (subject, n)
          ) AS numbered
        WHERE
          nth > 1
          OR subject <> ALL (:subjects::text[])
        ORDER BY n
      )
    WHERE a.id = :attemptId::uuid
    RETURNING
      a.id,
      a.device_hash
  ),
  locked AS (
    SELECT
      b.subject,
      b.scope,
      100 * greatest(
        CASE b.scope
          WHEN 3 THEN 30
          WHEN 4 THEN 60
          ELSE 120
        END,
        3 * greatest(
          CASE
            WHEN b.hour_started_at > now() - interval '1 hour' THEN b.hour_verified
          END,
          0.5::float8 * greatest(
            b.day_verified,
            CASE
              WHEN b.peak_at > now() - interval '14 days' THEN b.peak_verified
            END
          )
        )
      ) AS given_back_limit
    FROM
      budgets b,
      (
        SELECT count(*)
        FROM attempt
      ) AS done
    WHERE b.subject = ANY (:subjects::text[])
    ORDER BY
      b.scope,
      b.subject
    FOR UPDATE OF b
  ),
  wanted AS MATERIALIZED (
    SELECT
      'outage:' || subject AS subject,
      23::int2 AS scope,
      100 AS weight,
      given_back_limit AS hour_sends,
      1 AS ease,
      NULL::float8 AS minute_sends,
      NULL::float8 AS day_sends,
      NULL::float8 AS hour_unverified,
      NULL::float8 AS day_unverified,
      NULL::float8 AS growth,
      NULL::float8 AS hour_cost,
      NULL::float8 AS day_cost
    FROM locked
    WHERE
      :providerDown::boolean
      AND NOT :notSent::boolean
      AND scope BETWEEN 3 AND 5
  ),
  given_back AS (
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
      (
        SELECT 1
      ) AS message,
      wanted w
    WHERE true
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
  outage AS (
    SELECT substr(subject, 8) AS subject
    FROM given_back
  )
UPDATE budgets b
SET
  minute_sends = greatest(
    0,
    b.minute_sends - CASE
      WHEN b.scope NOT IN (1, 9, 10, 20, 21, 22)
      AND (
        :attemptId::uuid IS NULL
        OR EXISTS (
          SELECT
          FROM attempt
          WHERE device_hash IS NOT NULL
        )
      ) THEN 0
      WHEN b.scope = 18
      AND EXISTS (
        SELECT
        FROM unnest(:subjects::text[]) AS subject
        WHERE subject LIKE '% from %'
      ) THEN 0
      WHEN :unnoticed::boolean
      AND b.scope < 6 THEN 0
      WHEN :notSent::boolean
      OR :providerDown::boolean
      AND (
        b.scope >= 6
        OR b.subject IN (
          SELECT subject
          FROM outage
        )
      ) THEN 100
      ELSE 50
    END
  ),
  hour_sends = greatest(
    0,
    b.hour_sends - CASE
      WHEN b.scope NOT IN (1, 9, 10, 20, 21, 22)
      AND (
        :attemptId::uuid IS NULL
        OR EXISTS (
          SELECT
          FROM attempt
          WHERE device_hash IS NOT NULL
        )
      ) THEN 0
      WHEN b.scope = 18
      AND EXISTS (
        SELECT
        FROM unnest(:subjects::text[]) AS subject
        WHERE subject LIKE '% from %'
      ) THEN 0
      WHEN :unnoticed::boolean
      AND b.scope < 6 THEN 0
      WHEN :notSent::boolean
      OR :providerDown::boolean
      AND (
        b.scope >= 6
        OR b.subject IN (
          SELECT subject
          FROM outage
        )
      ) THEN 100
      ELSE 50
    END
  ),
  day_sends = greatest(
    0,
    b.day_sends - CASE
      WHEN b.scope NOT IN (1, 9, 10, 20, 21, 22)
      AND (
        :attemptId::uuid IS NULL
        OR EXISTS (
          SELECT
          FROM attempt
          WHERE device_hash IS NOT NULL
        )
      ) THEN 0
      WHEN b.scope = 18
      AND EXISTS (
        SELECT
        FROM unnest(:subjects::text[]) AS subject
        WHERE subject LIKE '% from %'
      ) THEN 0
      WHEN :unnoticed::boolean
      AND b.scope < 6 THEN 0
      WHEN :notSent::boolean
      OR :providerDown::boolean
      AND (
        b.scope >= 6
        OR b.subject IN (
          SELECT subject
          FROM outage
        )
      ) THEN 100
      ELSE 50
    END
  ),
  hour_cost = greatest(0, b.hour_cost - :cost::int),
  day_cost = greatest(0, b.day_cost - :cost::int)
FROM locked
WHERE b.subject = locked.subject
