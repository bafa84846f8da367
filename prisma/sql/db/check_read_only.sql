-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/check-writable.ts
SELECT current_setting('transaction_read_only') = 'on' AS read_only
