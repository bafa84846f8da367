-- Printed by "npm run sql". Do not edit.
-- Declared in src/maintenance/delete-old-rows.ts
-- :firstKept uuid
DELETE FROM sessions
WHERE
  id IN (
    SELECT id
    FROM sessions
    WHERE
      id < :firstKept
      AND (
        revoked_at < now() - interval '1 day'
        OR least(idle_expires_at, expires_at) < now()
      )
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  )
RETURNING id
