-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/database.ts
SELECT current_setting('server_version') AS server_version
