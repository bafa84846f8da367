-- Printed by "npm run sql". Do not edit.
-- Declared in src/cli/migrate/grant-gateway-role.ts
-- :role text
SELECT 1 AS granted
FROM
  (
    SELECT grant_gateway_role ((:role::text)::name)
  ) done
