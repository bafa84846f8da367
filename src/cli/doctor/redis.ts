import { Redis } from 'ioredis';
import { type Finding, ok, problem, warning } from './finding.js';

const TIMEOUT_MS = 3_000;

const ADVICE: Record<string, string> = {
  NOAUTH: 'Redis requires a password: add it to REDIS_URL',
  WRONGPASS: 'The user or the password in REDIS_URL is wrong',
  NOPERM: 'Allow this user the commands PING, PUBLISH and SUBSCRIBE',
};

export async function checkRedis(url: string | undefined): Promise<Finding> {
  if (!url)
    return warning(
      'redis',
      'REDIS_URL is not set: an instance notices changes of other instances by polling the database every 2 s',
      'Set it if you run more than one instance',
    );
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false, // PING is enough, and INFO may be forbidden
    retryStrategy: () => null,
  });
  // The first error says more than the last one, which ends the connection.
  let why: string | undefined;
  redis.on('error', (error: NodeJS.ErrnoException) => (why ??= whyOf(error)));
  try {
    await redis.connect();
    await redis.ping();
    return ok('redis', 'answers');
  } catch (error) {
    const reason = why ?? whyOf(error as Error) ?? 'no answer';
    return problem(
      'redis',
      `REDIS_URL cannot be used (${reason})`,
      ADVICE[reason] ?? 'Check that Redis runs there and that host and port are correct',
    );
  } finally {
    redis.disconnect();
  }
}

/** An error code of the operating system, or the first word of a Redis error. */
function whyOf({ code, message }: NodeJS.ErrnoException): string | undefined {
  return code ?? /^[A-Z]{4,}(?= )/.exec(message)?.[0];
}
