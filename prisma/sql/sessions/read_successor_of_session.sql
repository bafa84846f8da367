-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/authorization-codes/end-successors.ts
-- :sessionId uuid
SELECT opened_session_id AS id
FROM authorization_codes
WHERE
  session_id = :sessionId
  AND opened_session_id IS NOT NULL
