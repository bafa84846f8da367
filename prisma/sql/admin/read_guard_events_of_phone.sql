-- Printed by "npm run sql". Do not edit.
-- Declared in src/admin/read-phone-state.ts
-- :phoneHashes bytea[]
SELECT
  rule,
  action,
  network,
  sum(count)::int AS count,
  max(at) AS "lastAt",
  max(until) AS until
FROM guard_events
WHERE
  phone_hash = ANY (:phoneHashes::bytea[])
  AND at > now() - interval '7 days'
GROUP BY
  rule,
  action,
  network
ORDER BY "lastAt" DESC
LIMIT 20
