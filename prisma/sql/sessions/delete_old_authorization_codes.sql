-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/authorization-codes/create.ts
DELETE FROM authorization_codes
WHERE
  code_hash IN (
    SELECT code_hash
    FROM authorization_codes
    WHERE created_at < now() - interval '1 day'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING session_id
