-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/resend.ts
-- :attemptId  uuid
-- :secretHash bytea
WITH
  taken AS (
    UPDATE login_attempts a
    SET
      resend_at = now() + interval '60 seconds',
      version = version + 1
    WHERE
      id = :attemptId
      AND secret_hash = :secretHash
      AND method = 'OTP'
      AND status = 'PENDING'
      AND expires_at > now()
      AND resend_at <= now()
      AND NOT EXISTS (
        SELECT 1
        FROM send_budgets b
        WHERE
          b.subject IN (a.phone, a.client_network)
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
    RETURNING
      id,
      phone,
      client_network,
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
      taken,
      unnest(ARRAY[taken.phone, taken.client_network]) WITH ORDINALITY AS charge (subject, position)
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
  )
SELECT
  a.status,
  a.failure_reason,
  a.expires_at <= now() AS overdue,
  a.phone,
  a.key_id,
  a.code_salt,
  a.locale,
  a.expires_at,
  taken.resend_at,
  greatest(
    ceil(
      extract(
        epoch
        FROM a.resend_at - now()
      )
    )::int,
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
        b.subject IN (a.phone, a.client_network)
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
    ),
    1
  ) AS wait_seconds,
  ARRAY(
    SELECT subject
    FROM charged
  ) AS charged,
  a.purpose = 'CHANGE_PHONE'
  OR EXISTS (
    SELECT 1
    FROM users u
    WHERE u.phone = a.phone
  ) AS expects_code
FROM
  login_attempts a
  LEFT JOIN taken ON true
WHERE
  a.id = :attemptId
  AND a.secret_hash = :secretHash
  AND a.method = 'OTP'
