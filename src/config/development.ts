import { ALL_PROVIDERS } from '../delivery/channels/providers.js';
import { findDatabaseUrlProblem, hostsIn } from './database-url.js';
import { editDistance } from './edit-distance.js';
import { isLocal, isLoopbackHost } from './is-local.js';
import { readRedisUrl } from './redis-url.js';

type Env = Record<string, string | undefined>;

/** Credentials of the accounts with which the gateway sends and receives, each with the variable of the URL that it is sent to. A simulator has a local URL. */
const CREDENTIALS = ALL_PROVIDERS.flatMap(({ variables }) => Object.entries(variables)).flatMap(([name, { sentTo }]) =>
  sentTo === undefined ? [] : [[name, sentTo] as const],
);

/**
 * Why other machines could reach this gateway, or why it could reach real phones. Development mode shows every code and
 * signs in anyone, so it needs an environment with none of these reasons. A variable that cannot be parsed gives no
 * reason, because it is reported itself.
 */
export function reasonsAgainstDevelopment(env: Env): string[] {
  const {
    HOST,
    PUBLIC_URL,
    DATABASE_URL,
    PGHOST = '',
    REDIS_URL,
    TRUSTED_PROXY_HOPS,
    ALLOWED_ORIGINS = '',
    APPLICATIONS = '',
  } = env;
  const databaseHosts = databaseHostsIn(DATABASE_URL ?? '');
  return [
    ...(HOST === undefined || isLoopbackHost(HOST) ? [] : ['HOST is not a loopback address']),
    ...(PUBLIC_URL === undefined || !isElsewhere(PUBLIC_URL) ? [] : ['PUBLIC_URL is not a URL of this machine']),
    ...(Number(TRUSTED_PROXY_HOPS ?? 0) > 0 ? ['TRUSTED_PROXY_HOPS is the number of proxies in front of it'] : []),
    ...(webUrlsIn(ALLOWED_ORIGINS).some(isElsewhere) ? ['ALLOWED_ORIGINS names an origin of another machine'] : []),
    ...(webUrlsIn(APPLICATIONS).some(isElsewhere) ? ['APPLICATIONS names a URI of another machine'] : []),
    ...(databaseHosts.some(isHostElsewhere) ? ['DATABASE_URL is not a database of this machine'] : []),
    ...(DATABASE_URL !== undefined && databaseHosts.length === 0 && isHostElsewhere(PGHOST)
      ? ['PGHOST is not this machine']
      : []),
    ...(redisHostsIn(REDIS_URL ?? '').some(isHostElsewhere) ? ['REDIS_URL is not a Redis of this machine'] : []),
    ...CREDENTIALS.filter(
      ([name, url]) =>
        (env[name] ?? env[`${name}_FILE`]) && (url === 'anywhere' || env[url] === undefined || isElsewhere(env[url])),
    ).map(([name]) => `${name} is set for a real provider`),
  ];
}

/** Problems of an environment that is not that of production, and not surely that of development. */
export function developmentProblems(env: Env): string[] {
  const { NODE_ENV: mode, ALLOW_UNSAFE_DEVELOPMENT: permission } = env;
  if (mode === 'production')
    return permission === 'on'
      ? ['ALLOW_UNSAFE_DEVELOPMENT has no effect where NODE_ENV is production: remove one of the two']
      : [];
  const reasons = reasonsAgainstDevelopment(env);
  const isMisspelt = mode !== undefined && resemblesProduction(mode);
  if (!isMisspelt && (reasons.length === 0 || permission === 'on')) return [];
  const written = isMisspelt
    ? `${JSON.stringify(mode.slice(0, 40))} is another word`
    : 'any other value means development';
  const why = reasons.length === 0 ? '' : `. This gateway cannot be in development, because ${reasons.join('; ')}`;
  const otherwise = isMisspelt
    ? 'or remove it for development on this machine'
    : 'or remove the reasons for development on this machine (in a closed container, ALLOW_UNSAFE_DEVELOPMENT=on permits it)';
  return [
    `NODE_ENV must be production, exactly that word: ${written}, which shows every code and signs in anyone${why}. Set NODE_ENV=production, ${otherwise}`,
  ];
}

/** `prod`, `Production`, `prodcution`, or the word with blanks or quotes: nobody means development by that. */
function resemblesProduction(mode: string): boolean {
  const letters = mode.toLowerCase().replaceAll(/[^a-z]/g, '');
  return letters === 'live' || letters.startsWith('prod') || editDistance(letters, 'production', 2) <= 2;
}

const isElsewhere = (url: string) => URL.canParse(url) && !isLocal(url);

/** The URLs in a list of origins, or of applications and their URIs. Other URIs, such as those of mobile apps, are no pages. */
const webUrlsIn = (list: string) => list.match(/https?:\/\/[^\s,;]+/gi) ?? [];

/** The hosts that a URL of a database names. Without one, PGHOST decides. */
function databaseHostsIn(url: string): string[] {
  return findDatabaseUrlProblem(url) === undefined ? hostsIn(url) : [];
}

function redisHostsIn(url: string): string[] {
  const target = readRedisUrl(url);
  return 'problem' in target ? [] : target.hosts.map(({ host }) => host);
}

/** An empty host and a folder are Unix sockets. */
const isHostElsewhere = (host: string) =>
  host !== '' && !host.startsWith('/') && !isLoopbackHost(host.replaceAll(/^\[|\]$/g, ''));
