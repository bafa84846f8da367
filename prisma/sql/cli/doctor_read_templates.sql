-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/templates.ts
SELECT
  purpose::text,
  channel,
  locale,
  body
FROM sms_templates
WHERE active
ORDER BY
  purpose,
  channel,
  locale
