-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/templates/manage-templates.ts
-- :id uuid
SELECT id
FROM sms_templates
WHERE id = :id::uuid
FOR UPDATE
