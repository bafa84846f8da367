-- Printed by "npm run sql". Do not edit.
-- Declared in src/delivery/templates/manage-templates.ts
-- :id uuid
SELECT t.id
FROM
  sms_templates t
  JOIN sms_templates chosen ON chosen.id = :id::uuid
WHERE (t.purpose, t.channel, t.locale) = (chosen.purpose, chosen.channel, chosen.locale)
ORDER BY t.id
FOR UPDATE OF t
