-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-rows.ts
-- :firstKept uuid
SELECT id
FROM audit_log_delete_old (:firstKept, 1000) AS id
