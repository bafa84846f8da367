-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/time-limits.ts
SELECT
  string_agg('-c ' || name || '=0', ' ') AS options,
  pg_backend_pid() AS pid
FROM pg_settings
WHERE
  name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
  AND setting <> '0'
