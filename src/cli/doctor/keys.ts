import type { Config } from '../../config/config.js';
import { createKeyring } from '../../config/keys.js';
import type { OpenedDatabase } from './database.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether the present secret can do without the one before. A secret that was made by itself is not looked for. */
export async function checkKeys(query: NonNullable<OpenedDatabase['query']>, config: Config): Promise<Finding[]> {
  if (!config.gatewaySecret) return [];
  const { current, all } = createKeyring(config.gatewaySecret, config.gatewaySecretPrevious);
  const rows = await query<{ key_id: string }>(
    'SELECT key_id FROM signing_keys WHERE activates_at <= now() ORDER BY activates_at DESC, created_at DESC, kid DESC LIMIT 1',
  ).catch(() => []);
  const [signing] = rows;
  if (!signing) return [];
  if (signing.key_id === current.id) return [ok('keys', 'GATEWAY_SECRET opens the signing key')];
  return all.some(({ id }) => id === signing.key_id)
    ? [
        warning(
          'keys',
          'the signing key is sealed by GATEWAY_SECRET_PREVIOUS, which must stay until it is not',
          'Run: phonegate keys rotate',
        ),
      ]
    : [
        problem(
          'keys',
          'GATEWAY_SECRET does not open the signing key: the gateway does not start like this',
          'Set the earlier secret again, or as GATEWAY_SECRET_PREVIOUS',
        ),
      ];
}
