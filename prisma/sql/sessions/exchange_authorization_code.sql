-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/authorization-codes/exchange.ts
-- :codeHash         bytea
-- :clientId         text
-- :redirectUri      text
-- :codeChallenge    text
-- :auditId          uuid
-- :sessionId        uuid
-- :refreshTokenHash bytea
-- :refreshSalt      bytea
-- :keyId            text
-- :idleDays         int4
-- :absoluteDays     int4
WITH
  code AS (
    SELECT *
    FROM authorization_codes
    WHERE
      code_hash = :codeHash
      AND client_id = :clientId
      AND redirect_uri = :redirectUri
      AND code_challenge = :codeChallenge
    FOR UPDATE
  ),
  unused AS (
    SELECT session_id
    FROM code
    WHERE
      used_at IS NULL
      AND expires_at > now()
  ),
  user_row AS (
    SELECT u.*
    FROM
      unused
      JOIN sessions s ON s.id = unused.session_id
      JOIN users u ON u.id = s.user_id
    WHERE NOT u.blocked
    FOR SHARE OF u
  ),
  open_session AS (
    SELECT s.id
    FROM
      unused
      JOIN sessions s ON s.id = unused.session_id
      JOIN user_row ON user_row.id = s.user_id
    WHERE
      s.revoked_at IS NULL
      AND least(s.idle_expires_at, s.expires_at) > now()
    FOR UPDATE OF s
  ),
  ended AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'handed_over'
    FROM open_session
    WHERE s.id = open_session.id
    RETURNING s.*
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :auditId::uuid,
      'session.revoked',
      user_id::text,
      user_id,
      id,
      NULL::uuid,
      NULL::text,
      jsonb_build_object('reason', revoked_reason, 'sessions', ARRAY[id])
    FROM ended
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
        device_id,
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
      coalesce(device_id, id),
      created_at,
      now() + :idleDays::int * interval '1 day',
      least(now() + :absoluteDays::int * interval '1 day', expires_at)
    FROM ended
    RETURNING *
  ),
  moved_device AS (
    UPDATE known_devices d
    SET session_id = session.id
    FROM
      ended,
      session
    WHERE
      d.user_id = ended.user_id
      AND d.session_id = ended.id
  ),
  used AS (
    UPDATE authorization_codes c
    SET
      used_at = now(),
      opened_session_id = session.id
    FROM session
    WHERE c.code_hash = :codeHash
  )
SELECT
  code.session_id AS made_by,
  code.opened_session_id AS opened_before,
  session.id AS session_id,
  session.refresh_counter,
  session.refresh_salt,
  session.key_id AS session_key_id,
  least(session.idle_expires_at, session.expires_at) AS refresh_expires_at,
  user_row.id AS user_id,
  user_row.phone AS user_phone,
  user_row.name AS user_name,
  user_row.role AS user_role,
  user_row.locale AS user_locale,
  user_row.created_at AS user_created_at
FROM
  code
  LEFT JOIN session ON true
  LEFT JOIN user_row ON true
