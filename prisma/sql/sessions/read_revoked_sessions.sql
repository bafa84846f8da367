-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/revocations.ts
-- :seconds int4
SELECT id
FROM sessions
WHERE revoked_at > now() - :seconds::int * interval '1 second'
