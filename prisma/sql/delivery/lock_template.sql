-- Printed by "npm run sql". Do not edit.
-- Sent by src/delivery/templates/manage-templates.ts
-- :id uuid
SELECT id
FROM sms_templates
WHERE id = :id::uuid
FOR UPDATE
