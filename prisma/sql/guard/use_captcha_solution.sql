-- Printed by "npm run sql". Do not edit.
-- Declared in src/guard/captcha/solutions.ts
-- :id          bytea
-- :phoneHash   bytea, or null
-- :networkHash bytea
INSERT INTO captcha_solutions (id, phone_hash, network_hash)
VALUES (:id, :phoneHash, :networkHash)
ON CONFLICT (id) DO NOTHING
RETURNING id
