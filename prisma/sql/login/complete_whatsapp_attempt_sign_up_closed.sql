-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/complete.ts
-- :instance          text
-- :idMessage         text
-- :phone             text
-- :attemptId         uuid
-- :sentAt            timestamptz
-- :newUserId         uuid
-- :role              text
-- :confirmation      text
-- :confirmationSalts bytea
-- :confirmationKeyId text
WITH
  event AS (
    INSERT INTO webhook_events (instance, type_webhook, id_message, status)
    VALUES (:instance, 'incomingMessageReceived', :idMessage, '')
    ON CONFLICT DO NOTHING
    RETURNING id_message
  ),
  pending AS (
    SELECT
      id,
      :phone::text AS phone,
      locale
    FROM login_attempts
    WHERE
      id = :attemptId
      AND method = 'WHATSAPP'
      AND status = 'PENDING'
      AND expires_at > now()
      AND :sentAt::timestamptz BETWEEN created_at - interval '10 seconds' AND now() + interval '60 seconds'
      AND EXISTS (
        SELECT 1
        FROM event
      )
    FOR UPDATE
  ),
  found_user AS (
    INSERT INTO users AS u (id, phone, role, locale, last_login_at)
    SELECT
      :newUserId::uuid,
      phone,
      :role,
      locale,
      CASE
        WHEN false THEN now()
      END
    FROM pending
    WHERE
      EXISTS (
        SELECT 1
        FROM users known
        WHERE known.phone = pending.phone
        FOR KEY SHARE OF known
      )
    ON CONFLICT (phone) DO UPDATE
    SET
      last_login_at = CASE
        WHEN NOT u.blocked
        AND false THEN now()
        ELSE u.last_login_at
      END
    RETURNING u.*
  ),
  changed AS (
    UPDATE login_attempts a
    SET
      status = CASE
        WHEN found_user.id IS NULL
        OR found_user.blocked THEN 'FAILED'
        WHEN (
          (
            found_user.role <> :role
            AND (
              coalesce(found_user.last_login_at, found_user.role_changed_at, found_user.created_at) < now() - interval '90 days'
            )
            AND NOT false
          )
          OR :confirmation = 'always'
          OR (
            :confirmation = 'privileged'
            AND found_user.role <> :role
          )
        ) THEN 'CONFIRMING'
        ELSE 'COMPLETED'
      END::login_attempt_status,
      failure_reason = CASE
        WHEN found_user.id IS NULL THEN 'USER_NOT_FOUND'
        WHEN found_user.blocked THEN 'USER_BLOCKED'
      END::failure_reason,
      phone = pending.phone,
      user_id = found_user.id,
      completed_at = now(),
      version = a.version + 1,
      needs_approval = coalesce(
        (
          found_user.role <> :role
          AND (
            coalesce(found_user.last_login_at, found_user.role_changed_at, found_user.created_at) < now() - interval '90 days'
          )
          AND NOT false
        ),
        false
      ),
      code_salt = CASE
        WHEN NOT coalesce(found_user.blocked, true)
        AND (
          (
            found_user.role <> :role
            AND (
              coalesce(found_user.last_login_at, found_user.role_changed_at, found_user.created_at) < now() - interval '90 days'
            )
            AND NOT false
          )
          OR :confirmation = 'always'
          OR (
            :confirmation = 'privileged'
            AND found_user.role <> :role
          )
        ) THEN :confirmationSalts::bytea
        ELSE a.code_salt
      END,
      key_id = CASE
        WHEN NOT coalesce(found_user.blocked, true)
        AND (
          (
            found_user.role <> :role
            AND (
              coalesce(found_user.last_login_at, found_user.role_changed_at, found_user.created_at) < now() - interval '90 days'
            )
            AND NOT false
          )
          OR :confirmation = 'always'
          OR (
            :confirmation = 'privileged'
            AND found_user.role <> :role
          )
        ) THEN :confirmationKeyId
        ELSE a.key_id
      END,
      expires_at = CASE
        WHEN (
          found_user.role <> :role
          AND (
            coalesce(found_user.last_login_at, found_user.role_changed_at, found_user.created_at) < now() - interval '90 days'
          )
          AND NOT false
        ) THEN greatest(a.expires_at, now() + interval '10 minutes')
        ELSE greatest(a.expires_at, now() + interval '60 seconds')
      END
    FROM
      pending
      LEFT JOIN found_user ON true
    WHERE a.id = pending.id
    RETURNING
      a.id,
      a.method,
      a.phone,
      a.expires_at,
      a.failure_reason,
      a.key_id,
      a.code_salt,
      a.tries,
      a.needs_approval,
      a.status,
      a.version,
      a.user_id,
      a.client_ip,
      a.user_agent,
      a.location,
      a.locale
  )
SELECT
  EXISTS (
    SELECT 1
    FROM event
  ) AS is_new,
  before.status AS status_before,
  before.expires_at > now() AS in_time,
  changed.*
FROM
  (
    SELECT 1
  ) AS one_row
  LEFT JOIN login_attempts before ON before.id = :attemptId
  AND before.method = 'WHATSAPP'
  LEFT JOIN changed ON true
