-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/start.ts
-- :attemptId  uuid
-- :secretHash bytea
-- :codeSalt   bytea
-- :keyId      text
-- :locale     text
-- :ttlSeconds int4
-- :ip         text
-- :network    text
-- :userAgent  text, or null
-- :location   text, or null
-- :isLimited  bool
INSERT INTO
  login_attempts (
    id,
    method,
    secret_hash,
    code_salt,
    key_id,
    locale,
    expires_at,
    client_ip,
    client_network,
    user_agent,
    location
  )
SELECT
  :attemptId::uuid,
  'WHATSAPP',
  :secretHash::bytea,
  :codeSalt::bytea,
  :keyId,
  :locale,
  now() + :ttlSeconds::int * interval '1 second',
  :ip,
  :network,
  :userAgent,
  :location
WHERE
  (
    NOT :isLimited::boolean
    OR (
      SELECT count(*)
      FROM login_attempts
      WHERE
        client_network = :network
        AND method = 'WHATSAPP'
        AND status = 'PENDING'
        AND expires_at > now()
    ) < 60
  )
  AND NOT EXISTS (
    SELECT 1
    FROM login_attempts
    WHERE
      method = 'WHATSAPP'
      AND status IN ('PENDING', 'CONFIRMING', 'COMPLETED')
      AND expires_at > now()
    OFFSET 49999
  )
RETURNING expires_at
