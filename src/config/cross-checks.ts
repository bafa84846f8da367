import { ALL_PROVIDERS, providerVariables } from '../delivery/channels/providers.js';
import { captchaProblems } from './captcha-problems.js';
import { codeStrengthProblems } from './code-strength.js';
import { developmentProblems } from './development.js';
import { stripAuthScheme } from './strip-auth-scheme.js';
import { testPhoneProblems } from './test-phones.js';

type Env = Record<string, string | undefined>;

/**
 * Variables that are missing, or that contradict each other. Works on the raw environment, so that it also finds
 * problems when another variable cannot be parsed.
 */
export function crossCheckProblems(env: Env): string[] {
  const problems = developmentProblems(env);
  problems.push(
    ...codeStrengthProblems(env),
    ...captchaProblems(env),
    ...sameSecretProblems(env),
    ...testPhoneProblems(env),
    ...ALL_PROVIDERS.flatMap((provider) => provider.problems?.(env) ?? []),
    ...sessionProblems(env),
  );
  if (env['NODE_ENV'] !== 'production') return problems;
  if (!env['GATEWAY_SECRET']) {
    problems.push(
      'GATEWAY_SECRET is missing: it is required when NODE_ENV is production ("openssl rand -base64 48" generates one)',
    );
  }
  if (env['DELIVERY_ROUTES']?.includes('console')) {
    problems.push(
      'DELIVERY_ROUTES contains the console channel: it writes codes to the log and exists in development only',
    );
  }
  return problems;
}

/** The secrets that the operator chooses. */
const OWN_SECRETS = [
  'GATEWAY_SECRET',
  'GATEWAY_SECRET_PREVIOUS',
  'HEALTH_TOKEN',
  ...providerVariables(({ isOwn }) => isOwn === true),
];
/** Secrets that others give, which an operator could use once more. */
const GIVEN_SECRETS = providerVariables(({ secret, sentTo, isOwn }) => secret && sentTo !== undefined && !isOwn);

/** A provider sees the token of its webhook, and a proxy the path of a callback. Neither may learn another secret by it. */
function sameSecretProblems(env: Env): string[] {
  const names = [...OWN_SECRETS, ...GIVEN_SECRETS].filter((name) => env[name]);
  return names.flatMap((name, index) => {
    const same = names
      .slice(0, index)
      .find((other) => stripAuthScheme(env[other] ?? '') === stripAuthScheme(env[name] ?? ''));
    if (same === undefined || !OWN_SECRETS.includes(same)) return [];
    return same === 'GATEWAY_SECRET' && name === 'GATEWAY_SECRET_PREVIOUS'
      ? ['GATEWAY_SECRET_PREVIOUS is the same as GATEWAY_SECRET: remove it']
      : [`${name} is the same as ${same}: whoever learns one has the other. Generate a secret of its own`];
  });
}

function sessionProblems(env: Env): string[] {
  const problems: string[] = [];
  if (env['RECYCLED_PHONES'] === 'new-account' && env['SIGN_UP'] === 'closed')
    problems.push(
      'RECYCLED_PHONES is new-account, but SIGN_UP is closed: a recycled phone could open no account. Set RECYCLED_PHONES=keep',
    );
  if (Number(env['SESSION_IDLE_DAYS'] ?? 14) > Number(env['SESSION_ABSOLUTE_DAYS'] ?? 30))
    problems.push(
      'SESSION_IDLE_DAYS is more than SESSION_ABSOLUTE_DAYS: every session would end before it is idle for so long',
    );
  if (env['CLIENT_LOCATION_HEADER'] && !Number(env['TRUSTED_PROXY_HOPS'] ?? 0))
    problems.push(
      'TRUSTED_PROXY_HOPS is missing: the gateway accepts CLIENT_LOCATION_HEADER only from a proxy in front of it',
    );
  return problems;
}
