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
  if (env['GREEN_API_TOKEN'] && !env['GREEN_API_ID_INSTANCE']) {
    problems.push('GREEN_API_ID_INSTANCE is missing: GREEN_API_TOKEN needs it (the Green API console shows both)');
  }
  problems.push(
    ...codeStrengthProblems(env),
    ...captchaProblems(env),
    ...sameSecretProblems(env),
    ...testPhoneProblems(env),
    ...kavenegarProblems(env),
    ...melipayamakProblems(env),
    ...sessionProblems(env),
  );
  if (env['NODE_ENV'] !== 'production') return problems;
  if (!env['GATEWAY_SECRET']) {
    problems.push(
      'GATEWAY_SECRET is missing: it is required when NODE_ENV is production ("openssl rand -base64 48" generates one)',
    );
  }
  if (env['GREEN_API_ID_INSTANCE'] && !env['GREEN_API_WEBHOOK_TOKEN']) {
    problems.push(
      'GREEN_API_WEBHOOK_TOKEN is missing: without it, anyone could sign in as any user through the webhook',
    );
  }
  if (env['GREEN_API_WEBHOOK_TOKEN'] && !env['GREEN_API_ID_INSTANCE']) {
    problems.push(
      'GREEN_API_ID_INSTANCE is missing: with GREEN_API_WEBHOOK_TOKEN, the webhook accepts events of this instance only',
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
  'GREEN_API_WEBHOOK_TOKEN',
  'KAVENEGAR_CALLBACK_SECRET',
];
/** Secrets that others give, which an operator could use once more. */
const GIVEN_SECRETS = ['GREEN_API_TOKEN', 'KAVENEGAR_API_KEY', 'MELIPAYAMAK_PASSWORD', 'MELIPAYAMAK_CONSOLE_TOKEN'];

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

function kavenegarProblems(env: Env): string[] {
  const dependent = ['KAVENEGAR_TEMPLATE', 'KAVENEGAR_SENDER', 'KAVENEGAR_CALLBACK_SECRET'].filter((name) => env[name]);
  return env['KAVENEGAR_API_KEY'] || dependent.length === 0
    ? []
    : [`KAVENEGAR_API_KEY is missing: ${dependent.join(', ')} ${dependent.length === 1 ? 'needs' : 'need'} it`];
}

/**
 * Melipayamak sends a pattern through the console (token, body ID) or through REST (user, password, body ID), or a
 * plain text from a line.
 */
function melipayamakProblems(env: Env): string[] {
  const has = (name: string) => Boolean(env[`MELIPAYAMAK_${name}`]);
  const problems: string[] = [];
  if (has('USERNAME') && !has('PASSWORD'))
    problems.push('MELIPAYAMAK_PASSWORD is missing: MELIPAYAMAK_USERNAME needs it (use the API key as password)');
  if (has('PASSWORD') && !has('USERNAME'))
    problems.push('MELIPAYAMAK_USERNAME is missing: MELIPAYAMAK_PASSWORD needs it');
  if (has('BODY_ID') && !has('USERNAME') && !has('PASSWORD') && !has('CONSOLE_TOKEN'))
    problems.push(
      'MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD are missing: MELIPAYAMAK_BODY_ID needs them (or MELIPAYAMAK_CONSOLE_TOKEN)',
    );
  if (env['SMS_SENDER_NUMBER'] && has('BODY_ID') && has('CONSOLE_TOKEN') && !has('USERNAME') && !has('PASSWORD'))
    problems.push(
      'MELIPAYAMAK_USERNAME and MELIPAYAMAK_PASSWORD are missing: SMS_SENDER_NUMBER needs them, because the console sends no plain texts',
    );
  if (has('CONSOLE_TOKEN') && !has('BODY_ID'))
    problems.push(
      'MELIPAYAMAK_BODY_ID is missing: with MELIPAYAMAK_CONSOLE_TOKEN, the gateway can send only by an approved pattern',
    );
  if (has('USERNAME') && has('PASSWORD') && !has('BODY_ID') && !has('CONSOLE_TOKEN') && !env['SMS_SENDER_NUMBER'])
    problems.push(
      'MELIPAYAMAK_BODY_ID is missing: set it to the number of an approved pattern (or set SMS_SENDER_NUMBER for plain texts, which is less reliable)',
    );
  return problems;
}
