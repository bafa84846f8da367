import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import type { RedisTarget } from '../../config/redis-url.js';
import { StartupError } from '../../startup-error.js';

/** How long the gateway waits for a connection, and for the answer to a command. */
const COMMAND_TIMEOUT_MS = 2_000;
/** The time in which a closed connection may end in an orderly way. */
const DISCONNECT_TIMEOUT_MS = 100;

/**
 * Options of a connection to the first host, or to the master that the Sentinels name.
 *
 * The connection keeps no commands while it is down, and does not subscribe again by itself: the bus does. It sends no
 * command that the gateway does not need, such as INFO, because a user of Redis may be forbidden to use it.
 *
 * @throws StartupError when a file of REDIS_URL cannot be read.
 */
export function redisOptions(target: RedisTarget): RedisOptions {
  const { username, password, family } = target;
  const tls = target.tls ? readTlsFiles(target.tlsFiles) : undefined;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(family === undefined ? {} : { family }),
    ...(tls === undefined ? {} : { tls }),
    enableOfflineQueue: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    // Only Sentinels may name a server that is a replica now. The check reads INFO, which may be forbidden.
    enableReadyCheck: target.kind === 'sentinel',
    disableClientInfo: true,
    ...(target.kind === 'sentinel' ? sentinelOptions(target, tls) : target.hosts[0]),
  };
}

function sentinelOptions(target: RedisTarget, tls: RedisOptions['tls']): RedisOptions {
  const { hosts, masterName, sentinelUsername, sentinelPassword } = target;
  return {
    sentinels: hosts.map(({ host, port }) => ({ host, port })),
    name: masterName,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    sentinelRetryStrategy: (times) => reconnectDelay(times),
    ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

const SLOWEST_RECONNECT_MS = 2_000;

/** @returns the milliseconds until the next attempt, after this many attempts that failed one after the other. */
export const reconnectDelay = (failures: number): number => Math.min(100 * 2 ** failures, SLOWEST_RECONNECT_MS);

function readTlsFiles({ cacert, cert, key }: RedisTarget['tlsFiles']): NonNullable<RedisOptions['tls']> {
  return {
    ...(cacert === undefined ? {} : { ca: readPem('cacert', cacert) }),
    ...(cert === undefined ? {} : { cert: readPem('cert', cert) }),
    ...(key === undefined ? {} : { key: readPem('key', key) }),
  };
}

function readPem(parameter: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new StartupError(
      `REDIS_URL: the file of ${parameter} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      { cause: error },
    );
  }
}
