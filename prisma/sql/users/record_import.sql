-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/apply.ts
-- :entryId uuid
-- :actor   text
-- :details jsonb
INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
SELECT
  :entryId::uuid,
  'users.imported',
  :actor,
  NULL::uuid,
  NULL::uuid,
  NULL::uuid,
  NULL::text,
  :details::jsonb
FROM
  (
    SELECT 1
  ) AS entry
