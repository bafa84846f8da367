-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/otp/take-failovers.ts
-- :idempotentChannels text[]
-- :overdueSeconds     int4
-- :deliveryIds        uuid[]
WITH
  due AS (
    SELECT *
    FROM sms_log
    WHERE failover_at <= now()
    ORDER BY failover_at
    LIMIT 50
    FOR UPDATE SKIP LOCKED
  ),
  latest AS (
    SELECT d.id
    FROM due d
    WHERE
      NOT EXISTS (
        SELECT
        FROM sms_log later
        WHERE
          later.attempt_id = d.attempt_id
          AND (later.created_at, later.id) > (d.created_at, d.id)
      )
  ),
  followed AS (
    SELECT
      d.*,
      a.phone,
      a.key_id,
      a.code_salt,
      a.code_length,
      a.locale AS wanted_locale,
      a.client_ip,
      a.user_agent,
      d.status = 'QUEUED'
      AND d.channel = ANY (:idempotentChannels::text[]) AS resumes,
      row_number() OVER ()::int AS position
    FROM
      due d
      JOIN latest USING (id)
      JOIN login_attempts a ON a.id = d.attempt_id
      AND a.method = 'OTP'
      AND a.status = 'PENDING'
      AND a.expires_at > now()
    WHERE
      (
        cardinality(d.next_channels) > 0
        OR (
          d.status = 'QUEUED'
          AND d.channel = ANY (:idempotentChannels::text[])
        )
      )
      AND NOT EXISTS (
        SELECT
        FROM login_attempts later
        WHERE
          later.phone = a.phone
          AND later.method = 'OTP'
          AND later.id > a.id
          AND (
            later.status IN ('CONFIRMING', 'COMPLETED', 'CLAIMED')
            OR (
              later.status = 'PENDING'
              AND later.client_network = a.client_network
              AND later.user_agent IS NOT DISTINCT FROM a.user_agent
            )
          )
      )
      AND NOT EXISTS (
        SELECT
        FROM sms_log arrived
        WHERE
          arrived.attempt_id = d.attempt_id
          AND arrived.delivered_at >= d.created_at
      )
  ),
  rescheduled AS (
    UPDATE sms_log d
    SET
      failover_at = CASE
        WHEN followed.resumes THEN now() + :overdueSeconds::int * interval '1 second'
      END
    FROM
      due
      LEFT JOIN followed ON followed.id = due.id
    WHERE d.id = due.id
  ),
  next_delivery AS (
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
      (:deliveryIds::uuid[]) [position],
      attempt_id,
      next_channels[1],
      masked_phone,
      country,
      purpose,
      wanted_locale,
      CASE
        WHEN failure = 'suppressed' THEN 'suppressed'
      END,
      next_channels[2:],
      CASE
        WHEN cardinality(next_channels) > 1
        OR next_channels[1] = ANY (:idempotentChannels::text[]) THEN now() + :overdueSeconds::int * interval '1 second'
      END,
      blocked_by
    FROM followed
    WHERE NOT resumes
  ),
  watchers_notified AS (
    UPDATE login_attempts a
    SET version = version + 1
    FROM
      due
      JOIN latest USING (id)
    WHERE
      a.id = due.attempt_id
      AND a.status = 'PENDING'
      AND a.expires_at > now()
  )
SELECT
  due.attempt_id,
  phone,
  key_id,
  code_salt,
  code_length,
  wanted_locale AS locale,
  client_ip,
  user_agent,
  followed.channel AS from_channel,
  followed.status,
  resumes,
  due.failure IS NOT DISTINCT FROM 'suppressed' AS is_decoy,
  CASE
    WHEN resumes THEN followed.id
    ELSE (:deliveryIds::uuid[]) [position]
  END AS delivery_id,
  CASE
    WHEN resumes THEN followed.channel || followed.next_channels
    ELSE followed.next_channels
  END AS route
FROM
  due
  LEFT JOIN followed ON followed.id = due.id
