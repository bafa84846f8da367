import type { Config } from '../../config/config.js';
import { type Queryable, runStatement } from '../../db/run-statement.js';
import { statement } from '../../db/statement.js';
import { minUuidAt } from '../../db/uuid-time.js';
import { array, int4, nullable, text, uuid } from '../../db/types.js';
import { type Finding, problem, warning } from './finding.js';

const DAY_MS = 86_400_000;

/** Of each event, the number of entries and the IP of the last one. An ID begins with its time, so the key finds the day. */
const READ_ALARMS = statement({
  name: 'cli/doctor_read_alarms',
  sql: `
    SELECT event, count(*)::int AS entries, (array_agg(ip ORDER BY id DESC))[1] AS ip
    FROM audit_log WHERE id >= :since AND event = ANY(:events::text[])
    GROUP BY event`,
  parameters: { since: uuid, events: array(text) },
  columns: { event: text, entries: int4, ip: nullable(text) },
});

/**
 * Reports what the gateways noticed about their traffic in the last 24 hours. The doctor is another process, so it reads
 * their entries in the audit log.
 */
export async function checkAlarms({ config, client }: { config: Config; client: Queryable }): Promise<Finding[]> {
  const input = {
    since: minUuidAt(new Date(Date.now() - DAY_MS)),
    events: ['proxy.undeclared', 'webhook.guessing', 'guard.spray', 'guard.network_spent', 'whatsapp.starts_flooded'],
  };
  // If the table cannot be read, the check of the migrations reports it.
  const rows = await runStatement(client, READ_ALARMS, input).catch(() => []);
  return rows.flatMap(({ event, entries, ip }) => {
    if (event === 'webhook.guessing')
      return warning(
        'webhook',
        `somebody tried to guess the token of a webhook in ${entries === 1 ? 'one minute' : `${entries} minutes`} of the last 24 hours, last from ${ip}`,
        'If the address is that of your provider, correct its token. Otherwise block the address in the proxy',
      );
    if (event === 'guard.spray')
      return warning(
        'guard',
        `somebody tried codes of many phones ${entries === 1 ? 'once' : `${entries} times`} in the last 24 hours`,
        'Meanwhile only known devices, and clients that solve a captcha, can sign in with codes. If it lasts, block the networks in the proxy',
      );
    if (event === 'guard.network_spent')
      return warning(
        'guard',
        `a client network left too many codes unused, or caused too many messages, ${entries === 1 ? 'once' : `${entries} times`} in the last 24 hours, last from ${ip}`,
        'If many people share the address, they sign in by WhatsApp meanwhile. Otherwise block the network in the proxy',
      );
    if (event === 'whatsapp.starts_flooded')
      return warning(
        'guard',
        `far more WhatsApp logins were started than usual ${entries === 1 ? 'once' : `${entries} times`} in the last 24 hours`,
        'If you had no launch or campaign, look at the addresses of whatsapp.started in the log, and block their networks in the proxy',
      );
    // The number was corrected since.
    if (config.trustedProxyHops > 0) return [];
    return problem(
      'proxy',
      `a proxy at ${ip} forwards requests, but TRUSTED_PROXY_HOPS is 0: all users share its IP address and its limits`,
      'Set TRUSTED_PROXY_HOPS to the number of proxies in front of the gateway',
    );
  });
}
