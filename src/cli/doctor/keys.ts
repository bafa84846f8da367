import type { Config } from '../../config/config.js';
import { createKeyring } from '../../config/keys.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { text } from '../../db/types.js';
import { type Finding, ok, problem, warning } from './finding.js';

const READ_SIGNING_KEY = statement({
  name: 'cli/doctor_read_signing_key',
  sql: `
    SELECT key_id FROM signing_keys WHERE activates_at <= now()
    ORDER BY activates_at DESC, created_at DESC, kid DESC LIMIT 1`,
  parameters: {},
  columns: { key_id: text },
});

interface KeysCheck {
  config: Config;
  client: Queryable;
}

/**
 * Checks that GATEWAY_SECRET decrypts the signing key without the previous secret. A generated secret is not checked.
 */
export async function checkKeys({ config, client }: KeysCheck): Promise<Finding[]> {
  if (!config.gatewaySecret) return [];
  const { current, all } = createKeyring(config.gatewaySecret, config.gatewaySecretPrevious);
  // If the table cannot be read, the check of the migrations reports it.
  const [signingKey] = await runStatement(client, READ_SIGNING_KEY, {}).catch(() => []);
  if (!signingKey) return [];
  if (signingKey.key_id === current.id) return [ok('keys', 'GATEWAY_SECRET decrypts the signing key')];
  return all.some(({ id }) => id === signingKey.key_id)
    ? [
        warning(
          'keys',
          'the signing key is encrypted with GATEWAY_SECRET_PREVIOUS, so keep that variable set for now',
          'Run: phonegate keys rotate',
        ),
      ]
    : [
        problem(
          'keys',
          'GATEWAY_SECRET does not decrypt the signing key, so the gateway does not start',
          'Set the earlier secret again, or set it as GATEWAY_SECRET_PREVIOUS',
        ),
      ];
}
