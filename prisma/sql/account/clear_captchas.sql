-- Printed by "npm run sql". Do not edit.
-- Declared in src/account/erase-user-sql.ts
-- :phoneHashes bytea[]
UPDATE captcha_solutions
SET phone_hash = NULL
WHERE phone_hash = ANY (:phoneHashes::bytea[])
