-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/migration-lock-wait.ts
-- :pid int4
SELECT count(pg_cancel_backend(:pid))::int AS canceled
