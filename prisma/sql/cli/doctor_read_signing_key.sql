-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/doctor/keys.ts
SELECT key_id
FROM signing_keys
WHERE activates_at <= now()
ORDER BY
  activates_at DESC,
  created_at DESC,
  kid DESC
LIMIT 1
