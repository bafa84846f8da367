-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/report-forgery.ts
-- :sessionId uuid
-- :counter   int4
-- :keyedPart bytea, or null
-- :tokenHash bytea
SELECT user_id
FROM sessions s
WHERE
  id = :sessionId
  AND NOT CASE
    WHEN s.refresh_salt IS NULL
    OR :counter < s.refresh_salted_from THEN :keyedPart::bytea IS NULL
    ELSE coalesce(sha256(sha256(s.refresh_salt || :keyedPart::bytea)) = :tokenHash, false)
  END
