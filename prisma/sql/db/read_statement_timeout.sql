-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/server-timeouts.ts
SELECT setting::int AS ms
FROM pg_settings
WHERE name = 'statement_timeout'
