-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :phoneHashes bytea[]
DELETE FROM guard_events
WHERE phone_hash = ANY (:phoneHashes::bytea[])
