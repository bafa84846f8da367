-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/check-code.ts
-- :networks   text[]
-- :attemptId  uuid
-- :secretHash bytea
-- :purpose    attempt_purpose
-- :userId     uuid, or null
SELECT
  a.phone,
  a.key_id,
  a.code_salt,
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue,
  a.claimed_at > now() - interval '60 seconds' AS just_claimed,
  a.code_length,
  a.device_hash,
  EXISTS (
    SELECT
    FROM guess_failures f
    WHERE
      f.subject = coalesce(
        (a.phone || ' on ' || encode(a.device_hash, 'hex')),
        (a.phone || ' from ' || (:networks::text[]) [1]),
        a.phone
      )
      AND f.total_failures > 0
  ) AS failed_before,
  waits.suspected_for,
  waits.refused_for,
  a.purpose = 'SIGN_IN'
  AND a.device_hash IS NULL
  AND (:networks::text[]) [1] IS NOT NULL
  AND (
    SELECT
      coalesce(sum(failed), 0) >= 50
      AND sum(failed) > sum(verified)
    FROM guess_minutes
    WHERE minute > now() - interval '10 minutes'
  ) AS sprayed
FROM
  login_attempts a
  LEFT JOIN LATERAL (
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
  ) AS waits ON a.device_hash IS NULL
WHERE
  a.id = :attemptId
  AND a.secret_hash = :secretHash
  AND a.method = 'OTP'
  AND a.purpose = :purpose
  AND (
    :userId::uuid IS NULL
    OR a.user_id = :userId
  )
