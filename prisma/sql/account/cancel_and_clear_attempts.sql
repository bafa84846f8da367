-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId uuid
-- :phone  text
WITH
  named AS (
    SELECT
      id,
      status IN ('PENDING', 'CONFIRMING', 'COMPLETED') AS open,
      user_id IS NOT NULL
      AND user_id <> :userId AS of_other_user
    FROM login_attempts
    WHERE
      id IN (
        SELECT id
        FROM login_attempts
        WHERE user_id = :userId
        UNION
        SELECT id
        FROM login_attempts
        WHERE phone = :phone
      )
    ORDER BY id
    FOR UPDATE
  ),
  cleared AS (
    UPDATE login_attempts a
    SET
      phone = NULL,
      user_id = CASE
        WHEN of_other_user THEN a.user_id
      END,
      session_id = CASE
        WHEN of_other_user THEN a.session_id
      END,
      client_ip = CASE
        WHEN of_other_user THEN a.client_ip
      END,
      client_network = CASE
        WHEN of_other_user THEN a.client_network
      END,
      charged = '{}',
      user_agent = CASE
        WHEN of_other_user THEN a.user_agent
      END,
      location = CASE
        WHEN of_other_user THEN a.location
      END,
      device_hash = NULL,
      status = CASE
        WHEN named.open THEN 'CANCELED'
        ELSE a.status
      END,
      version = CASE
        WHEN named.open THEN a.version + 1
        ELSE a.version
      END
    FROM named
    WHERE a.id = named.id
  ),
  deliveries AS (
    UPDATE sms_log d
    SET
      masked_phone = '',
      provider_id = NULL,
      failover_at = NULL,
      poll_at = NULL
    FROM named
    WHERE d.attempt_id = named.id
  )
SELECT
  id,
  open AS canceled
FROM named
