-- Printed by "npm run sql". Do not edit.
-- Sent by src/users/import/staging.ts
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
