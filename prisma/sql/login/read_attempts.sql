-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/attempts/attempt-loader.ts
-- :attemptIds   uuid[]
-- :secretHashes bytea[]
SELECT
  requested.position::int,
  a.id,
  a.method,
  a.phone,
  a.expires_at,
  a.failure_reason,
  a.key_id,
  a.tries,
  CASE
    WHEN (
      a.status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
      AND a.expires_at <= now()
    ) THEN 'EXPIRED'
    ELSE a.status
  END AS status,
  CASE
    WHEN (
      a.status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
      AND a.expires_at <= now()
    ) THEN a.version + 1
    ELSE a.version
  END AS version,
  latest.channel,
  latest.status AS delivery_status,
  latest.updated_at AS delivery_updated_at,
  latest.failed_channels
FROM
  unnest(:attemptIds::uuid[], :secretHashes::bytea[]) WITH ORDINALITY AS requested (id, secret_hash, position)
  JOIN login_attempts a ON a.id = requested.id
  AND a.secret_hash = requested.secret_hash
  LEFT JOIN LATERAL (
    SELECT
      channel,
      status,
      updated_at,
      coalesce(
        array_agg(channel) FILTER (
          WHERE failed
        ) OVER (
          ORDER BY
            created_at,
            id ROWS BETWEEN UNBOUNDED PRECEDING
            AND 1 PRECEDING
        ),
        '{}'
      ) AS failed_channels
    FROM
      (
        SELECT
          *,
          status IN ('FAILED', 'UNDELIVERED')
          OR (
            delivered_at IS NULL
            AND lead(cardinality(next_channels)) OVER (
              ORDER BY
                created_at,
                id
            ) < cardinality(next_channels)
          ) AS failed
        FROM sms_log
        WHERE attempt_id = a.id
      ) AS deliveries
    ORDER BY
      status = 'FAILED'
      AND bool_or(delivered_at IS NOT NULL) OVER (),
      created_at DESC,
      id DESC
    LIMIT 1
  ) AS latest ON true
