/** Where Redis is, and how to connect: what REDIS_URL says. */
export interface RedisTarget {
  /** `sentinel`: the hosts are Sentinels, which know the master. `cluster`: the hosts are some of the nodes. */
  kind: 'server' | 'sentinel' | 'cluster';
  hosts: [RedisHost, ...RedisHost[]];
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
  /** The name of the master at the Sentinels. Set exactly for `sentinel`. */
  masterName: string | undefined;
  sentinelUsername: string | undefined;
  sentinelPassword: string | undefined;
  /** 4 or 6: use only addresses of this version of IP. */
  family: 4 | 6 | undefined;
  /** Files in PEM: the only certificates to trust, and the certificate of the gateway with its key. */
  tlsFiles: { cacert: string | undefined; cert: string | undefined; key: string | undefined };
}

export interface RedisHost {
  host: string;
  port: number;
}

const SCHEME = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\//i;
const HOST = /^(?<host>\[[\da-f:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/i;
const PARAMETERS = ['name', 'sentinelUsername', 'sentinelPassword', 'family', 'cacert', 'cert', 'key'] as const;
const SENTINEL_PARAMETERS = ['name', 'sentinelUsername', 'sentinelPassword'] as const;
const TLS_PARAMETERS = ['cacert', 'cert', 'key'] as const;

/**
 * Reads REDIS_URL. `URL` of JavaScript cannot, because it allows only one host. The number of a database in the path is
 * ignored: publish/subscribe has no databases.
 *
 * @returns the first problem as what the value must be, without a part of the value, because it contains a password
 */
export function readRedisUrl(value: string): RedisTarget | { problem: string } {
  const scheme = SCHEME.exec(value);
  if (!scheme)
    return {
      problem:
        'must be a URL that begins with redis:// or rediss://, or with redis+sentinel:// or redis+cluster:// (rediss+… for TLS)',
    };
  const rest = value.slice(scheme[0].length);
  const [, authority = '', path = '', query = ''] = /^([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  const hosts = readHosts(authority.slice(at + 1), scheme[2]?.toLowerCase() === 'sentinel' ? 26_379 : 6_379);
  const user = readUser(at < 0 ? '' : authority.slice(0, at));
  if (!hosts || !user || !/^\/?\d*$/.test(path))
    return {
      problem:
        'must be a URL such as redis://user:password@host:6379, with several hosts separated by commas for Redis Cluster. Write special characters of the password as %XX, such as %2F for / and %25 for %',
    };
  const kind = (scheme[2]?.toLowerCase() ?? (hosts.length > 1 ? 'cluster' : 'server')) as RedisTarget['kind'];
  const tls = scheme[1]?.toLowerCase() === 'rediss';
  const parameters = new URLSearchParams(query);
  const problem = parameterProblem(parameters, { kind, tls });
  if (problem !== undefined) return { problem };
  const get = (name: (typeof PARAMETERS)[number]) => parameters.get(name) || undefined;
  return {
    kind,
    hosts,
    tls,
    ...user,
    masterName: get('name'),
    sentinelUsername: get('sentinelUsername'),
    sentinelPassword: get('sentinelPassword'),
    family: get('family') === undefined ? undefined : (Number(get('family')) as 4 | 6),
    tlsFiles: { cacert: get('cacert'), cert: get('cert'), key: get('key') },
  };
}

function readHosts(list: string, defaultPort: number): RedisTarget['hosts'] | undefined {
  const hosts = list.split(',').map((part) => {
    const { host, port } = HOST.exec(part.trim())?.groups ?? {};
    return host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535
      ? undefined
      : { host: host.replaceAll(/^\[|\]$/g, ''), port: Number(port ?? defaultPort) };
  });
  return hosts.every((host) => host !== undefined) ? (hosts as RedisTarget['hosts']) : undefined;
}

/** @returns undefined for a `%` that is not the start of an encoded character. */
function readUser(text: string): { username: string | undefined; password: string | undefined } | undefined {
  const colon = text.indexOf(':');
  try {
    return {
      username: decodeURIComponent(colon < 0 ? text : text.slice(0, colon)) || undefined,
      password: colon < 0 ? undefined : decodeURIComponent(text.slice(colon + 1)) || undefined,
    };
  } catch {
    return undefined;
  }
}

function parameterProblem(
  parameters: URLSearchParams,
  { kind, tls }: Pick<RedisTarget, 'kind' | 'tls'>,
): string | undefined {
  if ([...parameters.keys()].some((name) => !(PARAMETERS as readonly string[]).includes(name)))
    return `has a parameter that the gateway does not know. It knows ${PARAMETERS.join(', ')}`;
  const isSet = (name: (typeof PARAMETERS)[number]) => Boolean(parameters.get(name));
  if (kind === 'sentinel' && !isSet('name'))
    return 'must name the master for Sentinel, as `sentinel monitor` in sentinel.conf does: redis+sentinel://host:26379?name=mymaster';
  if (kind !== 'sentinel' && SENTINEL_PARAMETERS.some(isSet))
    return `has a parameter for Sentinel (${SENTINEL_PARAMETERS.join(', ')}), so it must begin with redis+sentinel://`;
  if (!tls && TLS_PARAMETERS.some(isSet))
    return `has a parameter for TLS (${TLS_PARAMETERS.join(', ')}), so it must begin with rediss://`;
  if (isSet('cert') !== isSet('key')) return 'must have both cert and key, or neither';
  if (isSet('family') && !/^[46]$/.test(parameters.get('family') ?? '')) return 'must have 4 or 6 as family';
  return undefined;
}
