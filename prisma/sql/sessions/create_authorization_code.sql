-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/authorization-codes/create.ts
-- :codeHash      bytea
-- :redirectUri   text
-- :codeChallenge text, or null
-- :sessionId     uuid
INSERT INTO authorization_codes (code_hash, session_id, redirect_uri, code_challenge, expires_at)
SELECT
  :codeHash,
  id,
  :redirectUri,
  :codeChallenge,
  now() + interval '60 seconds'
FROM sessions
WHERE
  id = :sessionId
  AND revoked_at IS NULL
  AND least(idle_expires_at, expires_at) > now()
RETURNING expires_at
