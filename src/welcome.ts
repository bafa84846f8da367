import type { Config } from './config/config.js';

/** What the operator reads when the gateway is up. */
export function welcome(config: Config): string {
  const { production, publicUrl, host, port } = config;
  const here = production ? publicUrl : `http://localhost:${port}`;
  const lines = [
    '',
    `Phonegate is ready on ${here}`,
    `  GraphQL      ${here}/graphql  (POST, WebSocket and SSE on one path)`,
    `  Public keys  ${here}/.well-known/jwks.json`,
    `  Health       ${here}/health/ready`,
    `  Database     ${config.databaseUrl ? 'DATABASE_URL' : `its own PostgreSQL, data under ${config.dataFolder}/`}`,
    `  Wake-ups     ${config.redisUrl ? 'REDIS_URL' : 'within this process (set REDIS_URL for several instances)'}`,
  ];
  if (!production) {
    lines.push(
      '',
      `Sign in: open ${here}/graphql and run`,
      '  mutation { requestOtp(input: { phone: "+77010000002" }) { ... on OtpRequested { attemptId secret } } }',
      'The code is printed here, in a line with "console.message", unless a channel that is configured takes it.',
      'The README shows every call, and the WhatsApp login.',
    );
  }
  if (!production && host !== '127.0.0.1' && host !== 'localhost') {
    lines.push(
      '',
      'Development mode is reachable from other machines: codes are printed and webhooks are believed. Use it in a trusted network only.',
    );
  }
  return `${lines.join('\n')}\n\n`;
}
