-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phone       text
-- :since       uuid
-- :phoneHashes bytea[]
(
  SELECT DISTINCT client_ip AS network
  FROM login_attempts
  WHERE
    phone = :phone
    AND client_ip IS NOT NULL
    AND id >= :since::uuid
  LIMIT 20
)
UNION
(
  SELECT network
  FROM guard_events
  WHERE
    phone_hash = ANY (:phoneHashes::bytea[])
    AND network IS NOT NULL
    AND at > now() - interval '1 day'
  GROUP BY network
  ORDER BY max(at) DESC
  LIMIT 20
)
