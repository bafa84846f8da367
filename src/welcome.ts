import type { Config } from './config/config.js';
import { isLoopbackHost } from './config/is-local.js';

/** The text that the operator sees when the gateway is ready. */
export function welcome(config: Config): string {
  const { production, publicUrl, host, port } = config;
  const url = production ? publicUrl : `http://localhost:${port}${config.publicPath}`;
  const lines = ['', `Phonegate is ready on ${url}`, `  Login page         ${url}/login`];
  if (!production) lines.push(`  Developer's phone  ${url}/dev/phone  (shows codes, and sends WhatsApp messages)`);
  lines.push(
    `  GraphQL            ${url}/graphql  (POST, WebSocket and SSE${production ? '' : '; GraphiQL in a browser'})`,
    `  Public keys        ${url}/.well-known/jwks.json`,
    `  Health             ${url}/health/ready`,
    `  Database           ${config.databaseUrl ? 'DATABASE_URL' : `its own PostgreSQL, data under ${config.dataFolder}/`}`,
    `  Publish/subscribe  ${config.redis ? 'REDIS_URL' : 'within this process (set REDIS_URL for several instances)'}`,
  );
  if (!production) lines.push('', "To try it, open the login page in one tab and the developer's phone in another.");
  if (!production && !isLoopbackHost(host)) {
    lines.push(
      '',
      'Other machines can reach this gateway in development mode, which shows codes and accepts webhooks without a token. Use it only in a trusted network.',
    );
  }
  return `${lines.join('\n')}\n\n`;
}
