-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/apply.ts
-- On a connection that has run users/create_import_lines
-- :after    int4
-- :upTo     int4
-- :actor    text
-- :entryIds uuid[]
WITH
  differing AS (
    SELECT
      u.id,
      u.role,
      l.name AS new_name,
      l.role AS new_role,
      l.locale AS new_locale
    FROM
      import_lines l
      JOIN users u ON u.phone = l.phone
    WHERE
      line > :after::int
      AND line <= :upTo::int
      AND (
        (
          l.name IS NOT NULL
          AND l.name IS DISTINCT FROM u.name
        )
        OR (
          l.role IS NOT NULL
          AND l.role <> u.role
        )
        OR (
          l.locale IS NOT NULL
          AND l.locale IS DISTINCT FROM u.locale
        )
      )
    ORDER BY u.phone
    FOR UPDATE OF u
  ),
  changed AS (
    UPDATE users u
    SET
      name = coalesce(new_name, u.name),
      role = coalesce(new_role, u.role),
      locale = coalesce(new_locale, u.locale),
      updated_at = now()
    FROM differing
    WHERE u.id = differing.id
    RETURNING
      u.id,
      differing.role AS old_role,
      u.role AS new_role
  ),
  with_another_role AS (
    SELECT
      *,
      row_number() OVER () AS n
    FROM changed
    WHERE old_role <> new_role
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
      entry_id,
      'user.role_set',
      :actor,
      id,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object(
        'from',
        old_role,
        'to',
        new_role,
        'sessionsEnded',
        (
          SELECT count(*)
          FROM ended_sessions ended
          WHERE ended.user_id = with_another_role.id
        )
      )
    FROM
      with_another_role
      JOIN unnest(:entryIds::uuid[]) WITH ORDINALITY AS new_entries (entry_id, n) USING (n)
  )
SELECT count(*)::int AS changed
FROM changed
