import type { Config } from './config.js';

/** What is missing or does not go together, whether or not the rest can be read. */
export function combinationProblems(env: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  if (env['GREEN_API_TOKEN'] && !env['GREEN_API_ID_INSTANCE']) {
    problems.push('GREEN_API_ID_INSTANCE is missing: GREEN_API_TOKEN needs it (both stand in the Green API console)');
  }
  if (env['NODE_ENV'] !== 'production') return problems;
  if (!env['GATEWAY_SECRET']) {
    problems.push(
      'GATEWAY_SECRET is missing: it is required when NODE_ENV is production ("openssl rand -base64 48" makes one)',
    );
  }
  if (env['GREEN_API_ID_INSTANCE'] && !env['GREEN_API_WEBHOOK_TOKEN']) {
    problems.push(
      'GREEN_API_WEBHOOK_TOKEN is missing: without it anybody could sign in as anybody through the webhook',
    );
  }
  if (env['GREEN_API_WEBHOOK_TOKEN'] && !env['GREEN_API_ID_INSTANCE']) {
    problems.push(
      'GREEN_API_ID_INSTANCE is missing: GREEN_API_WEBHOOK_TOKEN needs it to tell our instance from others',
    );
  }
  if (env['DELIVERY_ROUTES']?.includes('console')) {
    problems.push(
      'DELIVERY_ROUTES names the console channel: it writes codes into the log, and exists in development only',
    );
  }
  return problems;
}

/** What works, but probably not as it was meant: said in the log at start. */
export function configWarnings(config: Config): string[] {
  if (!config.production) return [];
  const { greenApi, whatsapp } = config;
  return [
    ...(config.databaseUrl
      ? []
      : [`DATABASE_URL is not set: people are kept in a PostgreSQL of this process, under ${config.dataFolder}/`]),
    ...(config.publicUrl.startsWith('http://localhost')
      ? ['PUBLIC_URL is not set: tokens name localhost as their issuer']
      : []),
    ...(greenApi.idInstance ? [] : ['GREEN_API_ID_INSTANCE is not set: there is no login by WhatsApp']),
    ...(greenApi.idInstance && !greenApi.token && whatsapp.confirmation !== 'never'
      ? [
          `GREEN_API_TOKEN is not set: nobody can be asked to confirm, although WHATSAPP_CONFIRMATION is ${whatsapp.confirmation}`,
        ]
      : []),
  ];
}
