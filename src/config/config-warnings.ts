import { CHANNELS } from '../delivery/channels/channel-list.js';
import type { Config } from './config.js';
import { countryWarnings } from './country-checks.js';
import { reasonsAgainstDevelopment } from './development.js';
import { isLocal } from './is-local.js';
import { ADMIN_ROLE } from './names.js';
import { hasCodeLogin, hasWhatsAppLogin } from './sign-in-methods.js';
import { unknownVariableWarnings } from './unknown-variables.js';

/** What each channel of a real provider needs. */
const NEEDED = CHANNELS.filter(({ kind }) => kind !== 'developer')
  .map(({ name, needs }) => `${name} needs ${needs}`)
  .join('; ');

/**
 * Settings that work, but probably not as the operator intends. The gateway logs them at start, and the doctor shows
 * them.
 */
export function configWarnings(config: Config, env: Record<string, string | undefined>): string[] {
  const { greenApi, whatsapp, roles, sessions } = config;
  const anywhere = [
    ...unsafeDevelopmentWarnings(env),
    ...unknownVariableWarnings(env),
    ...ignoredProxyWarnings(env),
    ...(config.leftOut ?? []).map(
      ({ provider, problems }) =>
        `STRICT_CHANNELS is off, so the gateway runs without ${provider}: ${problems.join('; ')}`,
    ),
    ...(config.delivery.sms ? [] : ['SMS_ENABLED is false: no code is sent by SMS, whatever DELIVERY_ROUTES says']),
    ...(roles.includes(ADMIN_ROLE) ? [] : [`ROLES does not contain ${ADMIN_ROLE}: no user can use the admin API`]),
    ...(sessions.cookie && config.publicUrl.startsWith('http:') && !isLocal(config.publicUrl)
      ? ['SESSION_COOKIE is on, but PUBLIC_URL is not https: browsers refuse the cookie']
      : []),
    ...countryWarnings(config),
  ];
  if (!config.production) return anywhere;
  return [
    ...anywhere,
    ...(config.databaseUrl
      ? []
      : [`DATABASE_URL is not set: users are kept in a PostgreSQL of this process, under ${config.dataFolder}/`]),
    ...(config.publicUrl.startsWith('http://localhost')
      ? [`PUBLIC_URL is ${config.publicUrl}: tokens name localhost as their issuer`]
      : []),
    ...(config.publicUrl.startsWith('http:') && !isLocal(config.publicUrl)
      ? ['PUBLIC_URL is not https: codes, tokens and cookies cross the network unencrypted']
      : []),
    ...(hasCodeLogin(config) ? [] : [`No channel is configured (${NEEDED}): no code can be sent`]),
    ...(config.melipayamak.sender && !config.melipayamak.username
      ? ['SMS_SENDER_NUMBER has no effect: it is a line of Melipayamak, which is not configured']
      : []),
    ...(hasWhatsAppLogin(config)
      ? []
      : ['GREEN_API_ID_INSTANCE and WHATSAPP_CLOUD_APP_SECRET are not set: users cannot sign in by WhatsApp']),
    ...(greenApi.idInstance && !greenApi.token && whatsapp.confirmation !== 'never'
      ? [
          `GREEN_API_TOKEN is not set: the gateway cannot ask users to confirm, although WHATSAPP_CONFIRMATION is ${whatsapp.confirmation}`,
        ]
      : []),
  ];
}

/** fetch of Node.js uses a proxy only with NODE_USE_ENV_PROXY=1, in versions that know it. */
function ignoredProxyWarnings(env: Record<string, string | undefined>): string[] {
  const name = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'].find((one) => env[one]?.trim());
  return name === undefined || env['NODE_USE_ENV_PROXY'] === '1'
    ? []
    : [
        `${name} has no effect: the gateway connects to providers without a proxy. With Node.js 24, NODE_USE_ENV_PROXY=1 lets it use the proxy`,
      ];
}

function unsafeDevelopmentWarnings(env: Record<string, string | undefined>): string[] {
  if (env['ALLOW_UNSAFE_DEVELOPMENT'] !== 'on') return [];
  const reasons = reasonsAgainstDevelopment(env);
  return [
    `ALLOW_UNSAFE_DEVELOPMENT is on: everyone who reaches this gateway sees every code and can sign in as any user${reasons.length === 0 ? '' : `, and ${reasons.join('; ')}`}`,
  ];
}
