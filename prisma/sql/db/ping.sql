-- Printed by "npm run sql". Do not edit.
-- Sent by src/db/database.ts
SELECT 1 AS answer
