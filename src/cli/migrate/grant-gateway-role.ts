import { createClient } from '../../db/connection.js';
import { runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { int4, text } from '../../db/types.js';

/** The migration 20261128161000_gateway_role defines the function. */
const GRANT_GATEWAY_ROLE = statement({
  name: 'cli/grant_gateway_role',
  sql: 'SELECT 1 AS granted FROM (SELECT grant_gateway_role((:role::text)::name)) done',
  parameters: { role: text },
  columns: { granted: int4 },
});

/** Gives a role the rights that the gateway needs, as the owner of the tables. It can be repeated. */
export async function grantGatewayRole({ role, ownerUrl }: { role: string; ownerUrl: string }): Promise<void> {
  const client = createClient(ownerUrl, { connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await runStatement(client, GRANT_GATEWAY_ROLE, { role });
  } finally {
    await client.end();
  }
}
