import type { RedisTarget } from '../../config/redis-url.js';
import { type TlsFailure, tlsFailureOf } from '../../tls-failure.js';

const ADVICE: Record<string, string> = {
  NOAUTH: 'Redis requires a password: add it to REDIS_URL',
  WRONGPASS: 'The user or the password in REDIS_URL is wrong',
  DENIED: 'Redis is in protected mode, which admits only clients of its own machine. Set a password there',
  LOADING: 'Redis is reading its data. Try again later',
  MAX_CLIENTS: 'Redis has too many clients: raise maxclients there',
  CLUSTERDOWN: 'The cluster is incomplete: `redis-cli --cluster check` says what is missing',
  NO_CLUSTER:
    'The hosts are not nodes of a Redis Cluster. Name one host, or write redis+sentinel:// if they are Sentinels',
  UNKNOWN_MASTER: 'Correct ?name= in REDIS_URL: `SENTINEL MASTERS` lists the names that the Sentinels know',
  IS_SENTINEL: 'That host is a Sentinel: write redis+sentinel://host:26379?name=mymaster',
  ENOTFOUND: 'The host does not exist: correct REDIS_URL, or the DNS',
};

const OF_TLS: Partial<Record<TlsFailure, string>> = {
  expired: 'The certificate of Redis has expired: renew it',
  not_yet_valid: 'The certificate of Redis is not valid yet: check the clock of this machine',
  wrong_host: 'The certificate of Redis is for another host: write a host in REDIS_URL that the certificate names',
  unknown_authority:
    'This machine does not trust the certificate of Redis: add ?cacert= with the file of its authority to REDIS_URL, or set NODE_EXTRA_CA_CERTS',
};

/** Redis wants a certificate of the client, or does not trust it. */
const CLIENT_CERTIFICATE = /^ERR_SSL_\w*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)$/;
const NOT_TLS = /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/;

/** What to do about a reason for which Redis cannot be used. See reasonOf. */
export function redisAdvice(reason: string, target: RedisTarget): string {
  if (reason.startsWith('NOPERM ')) return permissionAdvice(target);
  if (reason === 'UNKNOWN_COMMAND' && target.kind === 'sentinel')
    return 'The hosts are not Sentinels: write redis:// for a Redis server';
  if (CLIENT_CERTIFICATE.test(reason))
    return 'Redis requires a certificate of its clients: add ?cert= and &key= with two files to REDIS_URL, or set tls-auth-clients no there';
  if (NOT_TLS.test(reason)) return 'That port does not use TLS: write redis:// instead of rediss://, or the TLS port';
  if ((reason === 'ETIMEDOUT' || reason === 'NO_ANSWER') && target.tls)
    return 'Check host and port: if that port does not use TLS, write redis:// instead of rediss://';
  if ((reason === 'CLOSED' || reason === 'ECONNRESET') && !target.tls)
    return 'Redis closed the connection: if that port uses TLS, write rediss:// instead of redis://';
  const failure = tlsFailureOf(reason);
  const ofTls = failure && OF_TLS[failure];
  return ofTls ?? ADVICE[reason] ?? 'Check that Redis runs there and that host and port are correct';
}

/** What the user of REDIS_URL must be allowed, as a rule for ACL SETUSER. */
function permissionAdvice({ kind }: RedisTarget): string {
  const commands = '+publish +subscribe +unsubscribe';
  const more = {
    server: '',
    sentinel: ' +info',
    cluster: ' +spublish +ssubscribe +sunsubscribe +cluster|slots',
  }[kind];
  return `Allow the user of REDIS_URL what the gateway needs: ACL SETUSER <user> &phonegate:* ${commands}${more}`;
}
