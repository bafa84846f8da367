-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/templates.ts
SELECT
  channel,
  locale,
  body
FROM sms_templates
WHERE
  purpose = 'LOGIN_CODE'
  AND active
ORDER BY
  channel,
  locale
