-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/claim.ts
-- :attemptId        uuid
-- :secretHash       bytea
-- :sessionId        uuid
-- :refreshTokenHash bytea
-- :refreshSalt      bytea
-- :keyId            text
-- :idleDays         int4
-- :absoluteDays     int4
WITH
  completed AS (
    SELECT
      id,
      user_id,
      phone,
      client_ip,
      user_agent,
      location
    FROM login_attempts
    WHERE
      id = :attemptId
      AND secret_hash = :secretHash
      AND status = 'COMPLETED'
      AND expires_at > now()
    FOR UPDATE
  ),
  found_user AS (
    SELECT u.*
    FROM
      users u
      JOIN completed ON u.id = completed.user_id
      AND u.phone = completed.phone
    FOR SHARE OF u
  ),
  admitted AS (
    SELECT
      completed.user_id,
      client_ip,
      user_agent,
      location
    FROM
      found_user,
      completed
    WHERE NOT found_user.blocked
  ),
  session AS (
    INSERT INTO
      sessions (
        id,
        user_id,
        refresh_token_hash,
        refresh_salt,
        refresh_salted_from,
        key_id,
        client_ip,
        user_agent,
        location,
        created_at,
        idle_expires_at,
        expires_at
      )
    SELECT
      :sessionId::uuid,
      user_id,
      :refreshTokenHash::bytea,
      :refreshSalt::bytea,
      0,
      :keyId,
      client_ip,
      user_agent,
      location,
      now(),
      now() + :idleDays::int * interval '1 day',
      least(now() + :absoluteDays::int * interval '1 day', NULL)
    FROM admitted
    RETURNING *
  ),
  closed AS (
    UPDATE login_attempts a
    SET
      status = CASE
        WHEN session.id IS NULL THEN 'FAILED'
        ELSE 'CLAIMED'
      END::login_attempt_status,
      failure_reason = CASE
        WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND'
        WHEN session.id IS NULL THEN 'USER_BLOCKED'
      END::failure_reason,
      session_id = session.id,
      claimed_at = clock_timestamp(),
      version = a.version + 1
    FROM
      completed
      LEFT JOIN found_user ON true
      LEFT JOIN session ON true
    WHERE a.id = completed.id
    RETURNING
      a.status,
      a.failure_reason
  )
SELECT
  closed.status,
  closed.failure_reason,
  session.id AS session_id,
  session.refresh_counter,
  session.refresh_salt,
  session.key_id AS session_key_id,
  least(session.idle_expires_at, session.expires_at) AS refresh_expires_at,
  found_user.id AS user_id,
  found_user.phone AS user_phone,
  found_user.name AS user_name,
  found_user.role AS user_role,
  found_user.locale AS user_locale,
  found_user.created_at AS user_created_at
FROM
  closed
  LEFT JOIN session ON true
  LEFT JOIN found_user ON true
