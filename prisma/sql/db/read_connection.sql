-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/try-connection.ts
SELECT
  (
    SELECT setting::int
    FROM pg_settings
    WHERE name = 'statement_timeout'
  ) AS timeout_ms,
  pg_backend_pid() AS pid
