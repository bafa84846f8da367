-- Printed by "npm run sql". Do not edit.
-- Declared in src/db/clock-skew.ts
SELECT clock_timestamp() AS now
