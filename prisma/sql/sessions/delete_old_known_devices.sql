-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/known-devices.ts
DELETE FROM known_devices
WHERE
  (token_hash, user_id) IN (
    SELECT
      token_hash,
      user_id
    FROM known_devices
    WHERE last_seen_at < now() - interval '180 days'
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING user_id
