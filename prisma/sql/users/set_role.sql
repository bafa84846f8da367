-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/set-role.ts
-- :to      text
-- :id      uuid
-- :from    text
-- :entryId uuid
-- :actor   text
WITH
  changed AS (
    UPDATE users
    SET role = :to,
    updated_at = now()
    WHERE id = :id
    RETURNING id
  ),
  with_another_role AS (
    SELECT id
    FROM changed
    WHERE :from <> :to
  ),
  canceled_sign_ins AS (
    UPDATE login_attempts a
    SET
      status = 'CANCELED',
      version = a.version + 1
    FROM
      (
        SELECT waiting.id
        FROM
          with_another_role
          JOIN login_attempts waiting ON waiting.user_id = with_another_role.id
          AND purpose = 'SIGN_IN'
          AND status IN ('CONFIRMING', 'COMPLETED')
          AND expires_at > now()
        ORDER BY waiting.id
        FOR UPDATE OF waiting SKIP LOCKED
      ) AS unlocked
    WHERE a.id = unlocked.id
    RETURNING a.id
  ),
  open_sessions AS (
    SELECT s.id
    FROM
      with_another_role
      JOIN sessions s ON s.user_id = with_another_role.id
      AND s.revoked_at IS NULL
    ORDER BY s.id
    FOR UPDATE OF s
  ),
  ended_sessions AS (
    UPDATE sessions s
    SET
      revoked_at = clock_timestamp(),
      revoked_reason = 'role_changed'
    FROM open_sessions
    WHERE s.id = open_sessions.id
    RETURNING
      s.id,
      s.user_id
  ),
  forgotten_devices AS (
    UPDATE known_devices d
    SET token_hash = uuid_send (gen_random_uuid())
    FROM with_another_role
    WHERE d.user_id = with_another_role.id
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :entryId::uuid,
      'user.role_set',
      :actor,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object(
        'from',
        :from::text,
        'to',
        :to::text,
        'sessionsEnded',
        (
          SELECT count(*)
          FROM ended_sessions
        )
      )
    FROM changed
  )
SELECT id
FROM canceled_sign_ins
