-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :newId         uuid
-- :role          text
-- :userId        uuid
-- :entryId       uuid
-- :actor         text
-- :sessionsEnded int4
WITH
  cleared AS (
    UPDATE users
    SET
      id = :newId,
      name = NULL,
      role = :role,
      locale = NULL,
      whatsapp_lid = NULL,
      whatsapp_lid_checked_at = NULL,
      last_login_at = NULL,
      phone_changed_at = NULL,
      phone_set_at = NULL,
      created_at = now(),
      updated_at = now()
    WHERE id = :userId
    RETURNING id
  )
INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
SELECT
  :entryId::uuid,
  'user.erased',
  :actor,
  :userId::uuid,
  NULL::uuid,
  NULL::uuid,
  NULL::text,
  jsonb_build_object('sessions', :sessionsEnded::int, 'blockKept', true)
FROM cleared
