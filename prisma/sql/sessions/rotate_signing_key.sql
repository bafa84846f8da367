-- Printed by "npm run sql". Do not edit.
-- Declared in src/sessions/rotate-keys.ts
-- :compromised         bool
-- :kid                 text
-- :algorithm           text
-- :publicJwk           jsonb
-- :privateKeyEncrypted bytea
-- :keyId               text
-- :afterSeconds        int4
-- :auditId             uuid
-- :actor               text
WITH
  deleted AS (
    DELETE FROM signing_keys
    WHERE :compromised
    RETURNING kid
  ),
  added AS (
    INSERT INTO signing_keys (kid, algorithm, public_jwk, private_key_encrypted, key_id, activates_at)
    VALUES
      (
        :kid,
        :algorithm,
        :publicJwk,
        :privateKeyEncrypted,
        :keyId,
        now() + :afterSeconds::int * interval '1 second'
      )
    RETURNING
      kid,
      activates_at
  ),
  audited AS (
    INSERT INTO audit_log (id, event, actor, user_id, session_id, attempt_id, phone, details)
    SELECT
      :auditId::uuid,
      'keys.rotated',
      :actor,
      NULL::uuid,
      NULL::uuid,
      NULL::uuid,
      NULL::text,
      jsonb_build_object(
        'kid',
        kid,
        'signsFrom',
        activates_at,
        'compromised',
        :compromised::boolean,
        'removed',
        (
          SELECT count(*)
          FROM deleted
        )
      )
    FROM added
  )
SELECT
  kid,
  activates_at
FROM added
