-- Printed by "npm run sql". Do not edit.
-- Declared in src/users/import/staging.ts
SELECT
  set_config('idle_in_transaction_session_timeout', '0', true) AS idle,
  set_config('statement_timeout', '0', true) AS running
