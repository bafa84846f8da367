import { Redis } from 'ioredis';
import type { RedisHost, RedisTarget } from '../../config/redis-url.js';
import { createLog } from '../../log.js';
import { createRedisBus } from '../../realtime/redis/redis-bus.js';
import { reasonOf } from '../../realtime/redis/redis-error.js';
import { redisOptions } from '../../realtime/redis/redis-options.js';
import { StartupError } from '../../startup-error.js';
import { type Finding, ok, problem, warning } from './finding.js';
import { redisAdvice } from './redis-advice.js';

/** The bus logs an outage earlier. */
const TIMEOUT_MS = 10_000;

/** Connects as the gateway does, and waits for a message that it publishes itself. */
export async function checkRedis(target: RedisTarget | undefined): Promise<Finding[]> {
  if (!target)
    return [
      warning(
        'redis',
        'REDIS_URL is not set: an instance notices changes of other instances by polling the database every 2 s',
        'Set it if you run more than one instance',
      ),
    ];
  try {
    const sentinels = target.kind === 'sentinel' ? await checkSentinels(target) : [];
    if (sentinels.some(({ level }) => level === 'problem')) return sentinels;
    const reason = await whyNotConnected(target);
    if (reason === undefined) return [...sentinels, ok('redis', 'answers')];
    return [...sentinels, problem('redis', `REDIS_URL cannot be used (${reason})`, redisAdvice(reason, target))];
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return [problem('redis', error.message, 'Correct the path, or the permissions of the file')];
  }
}

/** @returns undefined when messages arrive, else the reason that the gateway would log. */
async function whyNotConnected(target: RedisTarget): Promise<string | undefined> {
  return new Promise((resolve) => {
    // The bus alone does not keep the process running.
    const timeout = setTimeout(() => end('NO_ANSWER'), TIMEOUT_MS);
    const log = createLog('info', {
      write(line) {
        const { event, reason } = JSON.parse(line) as { event: string; reason?: string };
        if (event !== 'redis.connected' && event !== 'redis.disconnected') return;
        end(reason);
      },
    });
    const bus = createRedisBus(target, { log });
    function end(reason: string | undefined): void {
      clearTimeout(timeout);
      void bus.close().then(() => resolve(reason));
    }
  });
}

/** Every Sentinel should answer and know the master, because any of them may be the last one. */
async function checkSentinels(target: RedisTarget): Promise<Finding[]> {
  const reasons = (await Promise.all(target.hosts.map((host) => whySentinelFails(target, host)))).filter(
    (reason) => reason !== undefined,
  );
  const [reason] = reasons;
  if (reason === undefined) return [];
  const message = `${reasons.length} of ${target.hosts.length} Sentinels cannot be used (${[...new Set(reasons)].join(', ')})`;
  const finding = reasons.length === target.hosts.length ? problem : warning;
  return [finding('redis', message, sentinelAdvice(reason, target))];
}

async function whySentinelFails(target: RedisTarget, host: RedisHost): Promise<string | undefined> {
  const {
    sentinels: _,
    sentinelUsername,
    sentinelPassword,
    name,
    username: __,
    password: ___,
    ...options
  } = redisOptions(target);
  const redis = new Redis({
    ...options,
    ...host,
    ...(sentinelUsername ? { username: sentinelUsername } : {}),
    ...(sentinelPassword ? { password: sentinelPassword } : {}),
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  // The first error says more than the last one, which ends the connection.
  let first: unknown;
  redis.on('error', (error: Error) => (first ??= error));
  try {
    await redis.connect();
    const master = await redis.call('SENTINEL', 'get-master-addr-by-name', name as string);
    return Array.isArray(master) ? undefined : 'UNKNOWN_MASTER';
  } catch (error) {
    return reasonOf(first ?? error);
  } finally {
    redis.disconnect();
  }
}

function sentinelAdvice(reason: string, target: RedisTarget): string {
  if (reason === 'NOAUTH' || reason === 'WRONGPASS')
    return 'Correct sentinelPassword (and sentinelUsername) in REDIS_URL: Sentinels have a password of their own';
  if (reason.startsWith('NOPERM ')) return 'Allow the user of the Sentinels the command SENTINEL';
  return redisAdvice(reason, target).replace(/^Check that Redis runs there/, 'Check that the Sentinel runs there');
}
