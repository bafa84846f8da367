/** A server of a database: a host, or the folder of a Unix socket. */
export interface DatabaseServer {
  /** Undefined: PGHOST, or localhost. */
  host: string | undefined;
  port: number | undefined;
}

/** A URL of a PostgreSQL database, as libpq defines it: it can name several servers, of which one accepts writes. */
export interface DatabaseUrl {
  /** For node-postgres. It names the first server only. */
  url: string;
  servers: [DatabaseServer, ...DatabaseServer[]];
  /** What `?options=` gives to the server. */
  options: string | undefined;
  /** What `?schema=` names. Undefined: the first schema of the search_path of the role. */
  schema: string | undefined;
  /** `?pgbouncer=true`: a pooler gives each transaction another connection. */
  isPooled: boolean;
}

const PARTS =
  /^(?<scheme>postgres(?:ql)?:\/\/)(?:(?<user>[^/?#]*)@)?(?<servers>[^/?#@]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/i;
const USUAL_PORT = 5432;
const UNREADABLE =
  'cannot be read: in the user and the password, write each of @ : / ? # % as % and its code, such as %40 for @';

/** Reads a URL that findDatabaseUrlProblem() accepts. */
export function readDatabaseUrl(text: string): DatabaseUrl {
  const { groups: { scheme = 'postgres://', user, servers: authority = '', path = '', query = '' } = {} } =
    PARTS.exec(text) ?? {};
  const parameters = new URLSearchParams(query);
  const take = (name: string) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value === null || value === '' ? undefined : value;
  };
  const [hosts, ports] = [take('host'), take('port')];
  const servers = withPorts(
    hosts === undefined && ports === undefined ? readServers(authority) : pairServers(hosts, ports),
  );
  const first = servers[0] ?? { host: undefined, port: undefined };
  const [options, schema, pooled] = [take('options'), take('schema'), take('pgbouncer')];
  take('target_session_attrs');
  verifyCertificates(parameters);
  if (first.host !== undefined) parameters.set('host', first.host);
  if (first.port !== undefined) parameters.set('port', `${first.port}`);
  const rest = parameters.size === 0 ? '' : `?${parameters.toString().replaceAll('+', '%20')}`;
  return {
    url: `${scheme}${user === undefined ? '' : `${user}@`}${path === '' ? '/' : path}${rest}`,
    servers: [first, ...servers.slice(1)],
    options,
    schema,
    isPooled: pooled === 'true' || pooled === '1',
  };
}

/**
 * node-postgres verifies the certificate with each of these words, and warns that it will not. With `uselibpqcompat=true` they mean what
 * libpq makes of them. `sslrootcert=system` is libpq's word for the CAs that the machine knows.
 */
function verifyCertificates(parameters: URLSearchParams): void {
  const isSystem = parameters.get('sslrootcert') === 'system';
  if (isSystem) parameters.delete('sslrootcert');
  if (parameters.get('uselibpqcompat') === 'true') return;
  if (isSystem || /^(require|verify-ca)$/.test(parameters.get('sslmode') ?? ''))
    parameters.set('sslmode', 'verify-full');
}

/** Why the gateway cannot use a URL of a database, as the rest of a sentence that begins with its variable. */
export function findDatabaseUrlProblem(text: string): string | undefined {
  if (!/^postgres(ql)?:\/\//i.test(text)) return 'must be a URL that begins with postgres:// or postgresql://';
  const { groups: { servers: authority = '', query = '' } = {} } = PARTS.exec(text) ?? {};
  if (!PARTS.test(text)) return UNREADABLE;
  const parameters = new URLSearchParams(query);
  if (readServers(authority).some(({ port }) => port !== undefined && !isPort(port))) return UNREADABLE;
  const problem = findTlsProblem(parameters);
  if (problem !== undefined) return problem;
  const unsupported = UNSUPPORTED.find((name) => parameters.has(name));
  if (unsupported !== undefined) return `has the parameter ${unsupported}, which is not supported: remove it`;
  const wanted = parameters.get('target_session_attrs') ?? 'read-write';
  if (wanted !== 'read-write' && wanted !== 'primary')
    return 'has a target_session_attrs that is not read-write: the gateway has to write';
  const [hosts, ports] = [split(parameters.get('host')), split(parameters.get('port'))];
  if (ports.some((port) => !isPort(Number(port)))) return 'has a port that is not a number from 1 to 65535';
  if (ports.length > 1 && ports.length !== hosts.length) return 'has as many ports as hosts, or one';
  const schema = parameters.get('schema');
  if (schema !== null && !/^[A-Za-z_][\w$]{0,62}$/.test(schema))
    return 'has a schema whose name is not made of letters, digits and underscores';
  return undefined;
}

/** Parameters of libpq that say to which server, as whom, or how safely to connect. Ignored, they would do something else. */
const UNSUPPORTED = [
  'hostaddr',
  'dbname',
  'service',
  'servicefile',
  'passfile',
  'sslcrl',
  'sslcrldir',
  'sslpassword',
  'sslcertmode',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'requirepeer',
  'require_auth',
  'load_balance_hosts',
  'replication',
];

function findTlsProblem(parameters: URLSearchParams): string | undefined {
  const mode = parameters.get('sslmode') ?? '';
  if (mode === 'allow' || mode === 'prefer')
    return `has sslmode=${mode}, with which anybody between could turn TLS off: write disable, verify-full, or no-verify (TLS without knowing the server)`;
  if (!/^(disable|require|verify-ca|verify-full|no-verify)?$/.test(mode))
    return 'has an sslmode that is not disable, require, verify-ca, verify-full or no-verify';
  if (!/^(true|1|0|no-verify)?$/.test(parameters.get('ssl') ?? '')) return 'has ssl= with another value than 1 or 0';
  return undefined;
}

/** The user that a URL of a database names, decoded; undefined when it names none. */
export function userOf(text: string): string | undefined {
  const { groups: { user = '', query = '' } = {} } = PARTS.exec(text) ?? {};
  const name = new URLSearchParams(query).get('user') ?? decode(user.split(':')[0] ?? '');
  return name === '' ? undefined : name;
}

/** Every host that a URL of a database names, also one that a parameter replaces. */
export function hostsIn(text: string): string[] {
  const { groups: { servers: authority = '' } = {} } = PARTS.exec(text) ?? {};
  return [...readServers(authority), ...readDatabaseUrl(text).servers].flatMap(({ host }) => host ?? []);
}

function readServers(authority: string): DatabaseServer[] {
  return authority.split(',').map((server) => {
    const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(server) ?? ['', '', 'unreadable'];
    const name = decode(host).replaceAll(/^\[|\]$/g, '');
    return { host: name === '' ? undefined : name, port: port === undefined || port === '' ? undefined : Number(port) };
  });
}

/** As in libpq, a host without a port has the usual one when another host names one. */
const withPorts = (servers: DatabaseServer[]) =>
  servers.some(({ port }) => port !== undefined)
    ? servers.map(({ host, port = USUAL_PORT }) => ({ host, port }))
    : servers;

/** As in libpq, one port is that of every host. */
function pairServers(hosts: string | undefined, ports: string | undefined): DatabaseServer[] {
  const numbers = split(ports);
  return (hosts ?? '').split(',').map((host, index) => {
    const port = numbers[index] ?? numbers[0];
    return { host: host === '' ? undefined : host, port: port === undefined ? undefined : Number(port) };
  });
}

const split = (list: string | null | undefined) => (list ? list.split(',') : []);
const isPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** node-postgres takes a percent sign that begins no code as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
