import type { Config } from './config/config.js';

/** The text that the operator sees when the gateway is ready. */
export function welcome(config: Config): string {
  const { production, publicUrl, host, port } = config;
  const url = production ? publicUrl : `http://localhost:${port}`;
  const lines = ['', `Phonegate is ready on ${url}`, `  Login page         ${url}/login`];
  if (!production)
    lines.push(`  Developer's phone  ${url}/dev/phone  (codes arrive there; WhatsApp messages are written there)`);
  lines.push(
    `  GraphQL            ${url}/graphql  (POST, WebSocket and SSE${production ? '' : '; GraphiQL in a browser'})`,
    `  Public keys        ${url}/.well-known/jwks.json`,
    `  Health             ${url}/health/ready`,
    `  Database           ${config.databaseUrl ? 'DATABASE_URL' : `its own PostgreSQL, data under ${config.dataFolder}/`}`,
    `  Wake-ups           ${config.redisUrl ? 'REDIS_URL' : 'within this process (set REDIS_URL for several instances)'}`,
  );
  if (!production)
    lines.push(
      '',
      "To sign in, open the login page, and the developer's phone in a second tab: nothing else is needed.",
    );
  if (!production && host !== '127.0.0.1' && host !== 'localhost') {
    lines.push(
      '',
      'Development mode is reachable from other machines: codes are shown and webhooks are believed. Use it in a trusted network only.',
    );
  }
  return `${lines.join('\n')}\n\n`;
}
