-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/attempts/attempt-loader.ts
-- :attemptIds   uuid[]
-- :secretHashes bytea[]
-- :seenVersions int4[]
SELECT
  requested.position::int,
  a.id,
  a.method,
  a.phone,
  a.created_at,
  a.expires_at,
  a.failure_reason,
  a.key_id,
  a.code_salt,
  a.tries,
  a.needs_approval,
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
  latest.shown_status,
  latest.failed_channels
FROM
  unnest(:attemptIds::uuid[], :secretHashes::bytea[], :seenVersions::int[]) WITH ORDINALITY AS requested (id, secret_hash, seen_version, position)
  LEFT JOIN login_attempts a ON a.id = requested.id
  AND a.secret_hash = requested.secret_hash
  LEFT JOIN LATERAL (
    SELECT
      channel,
      CASE
        WHEN status = 'QUEUED' THEN 'QUEUED'
        WHEN failover_at IS NOT NULL
        OR status IN ('ACCEPTED', 'SENT') THEN 'SENT'
        WHEN status IN ('DELIVERED', 'READ') THEN 'DELIVERED'
        ELSE 'FAILED'
      END AS shown_status,
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
          (
            status IN ('FAILED', 'UNDELIVERED')
            AND failover_at IS NULL
          )
          OR lead(cardinality(next_channels)) OVER (
            ORDER BY
              created_at,
              id
          ) < cardinality(next_channels)
          AND NOT coalesce(
            delivered_at <= lead(created_at) OVER (
              ORDER BY
                created_at,
                id
            ),
            false
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
  ) AS latest ON a.status = 'PENDING'
  AND a.expires_at > now()
WHERE
  a.id IS NULL
  OR CASE
    WHEN (
      a.status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
      AND a.expires_at <= now()
    ) THEN a.version + 1
    ELSE a.version
  END > requested.seen_version
