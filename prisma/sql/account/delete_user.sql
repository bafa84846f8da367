-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :userId        uuid
-- :entryId       uuid
-- :actor         text
-- :sessionsEnded int4
WITH
  deleted AS (
    DELETE FROM users
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
  jsonb_build_object('sessions', :sessionsEnded::int, 'blockKept', false)
FROM deleted
