-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/authorization-codes/create.ts
-- :codeHash      bytea
-- :clientId      text
-- :redirectUri   text
-- :codeChallenge text
-- :sessionId     uuid
INSERT INTO authorization_codes (code_hash, session_id, client_id, redirect_uri, code_challenge, expires_at)
SELECT
  :codeHash,
  id,
  :clientId,
  :redirectUri,
  :codeChallenge,
  now() + interval '60 seconds'
FROM sessions
WHERE
  id = :sessionId
  AND revoked_at IS NULL
  AND least(idle_expires_at, expires_at) > now()
RETURNING expires_at
