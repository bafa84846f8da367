import { Redis } from 'ioredis';
import { type Finding, ok, problem, warning } from './finding.js';

const TIMEOUT_MS = 3_000;

const ADVICE: Record<string, string> = {
  NOAUTH: 'The password is missing',
  WRONGPASS: 'The user or the password is not right',
  NOPERM: 'The user may not do there what the gateway needs: PING, PUBLISH and SUBSCRIBE',
};

export async function checkRedis(url: string | undefined): Promise<Finding> {
  if (!url)
    return warning(
      'redis',
      'REDIS_URL is not set: of several instances, each learns by re-reading every 2 s what another has done',
      'Set it when there is more than one instance',
    );
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false, // PING tells, and INFO may be forbidden
    retryStrategy: () => null,
  });
  // What a connection ends with says less than what came before.
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
      ADVICE[reason] ?? 'Check that Redis runs there and that host and port are right',
    );
  } finally {
    redis.disconnect();
  }
}

/** A code of the system's, or the word that Redis begins its refusals with. */
function whyOf({ code, message }: NodeJS.ErrnoException): string | undefined {
  return code ?? /^[A-Z]{4,}(?= )/.exec(message)?.[0];
}
