-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/time-limits.ts
SELECT count(set_config(name, '0', true))::int AS lifted
FROM pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
