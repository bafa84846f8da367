-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/approve.ts
-- :actor     text
-- :attemptId uuid
-- :auditId   uuid
WITH
  approved AS (
    UPDATE login_attempts a
    SET
      status = 'COMPLETED',
      confirmed_by = :actor,
      version = a.version + 1,
      expires_at = greatest(a.expires_at, now() + interval '60 seconds')
    WHERE
      a.id = :attemptId
      AND a.status = 'CONFIRMING'
      AND a.expires_at > now()
      AND (
        a.method = 'OTP'
        OR a.needs_approval
      )
      AND a.user_id::text <> :actor
    RETURNING
      a.id,
      a.user_id,
      a.phone
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :auditId::uuid,
      'login.approved',
      :actor,
      user_id,
      NULL::uuid,
      id,
      NULL::text,
      NULL::jsonb
    FROM approved
  )
SELECT
  user_id,
  phone
FROM approved
