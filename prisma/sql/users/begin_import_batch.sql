-- Printed by "npm run sql". Do not edit.
-- Sent by src/users/import/apply.ts
BEGIN
