-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/slots.ts
-- :phone   text
-- :network text, or null
WITH
  expired AS (
    UPDATE login_attempts
    SET
      status = 'EXPIRED',
      version = version + 1
    WHERE
      phone = :phone
      AND method = 'OTP'
      AND status = 'PENDING'
      AND expires_at <= now()
  )
SELECT
  count(*)::int AS taken,
  ceil(
    extract(
      epoch
      FROM min(expires_at) - now()
    )
  )::int AS free_after,
  coalesce(
    (
      SELECT
        CASE
          WHEN f.consecutive >= 100 THEN 86400
          ELSE greatest(
            1,
            ceil(
              extract(
                epoch
                FROM f.hour_started_at + interval '1 hour' - now()
              )
            )
          )::int
        END AS retry_after
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
    ),
    (
      SELECT
        max(
          greatest(
            1,
            ceil(
              extract(
                epoch
                FROM
                  CASE
                    WHEN (
                      b.day_started_at > now() - interval '1 day'
                      AND b.day_sends >= CASE
                        WHEN b.subject LIKE '+%' THEN 20
                        ELSE 100
                      END
                    ) THEN b.day_started_at + interval '1 day'
                    ELSE b.hour_started_at + interval '1 hour'
                  END - now()
              )
            )
          )
        )::int
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
  ) AS retry_after
FROM login_attempts
WHERE
  phone = :phone
  AND method = 'OTP'
  AND status = 'PENDING'
  AND expires_at > now()
