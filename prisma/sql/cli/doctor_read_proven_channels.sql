-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/sms-log.ts
-- :channels  text[]
-- :templates text[]
SELECT DISTINCT channel
FROM
  sms_log
  JOIN unnest(:channels::text[], :templates::text[]) AS wanted (channel, wanted_template) USING (channel)
WHERE
  provider_id IS NOT NULL
  AND (
    wanted_template = ''
    OR template = wanted_template
  )
