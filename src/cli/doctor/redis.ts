import { Redis } from 'ioredis';
import { type Finding, ok, problem, warning } from './finding.js';

const TIMEOUT_MS = 3_000;

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
    retryStrategy: () => null,
  });
  let why = '';
  redis.on('error', (error: NodeJS.ErrnoException) => (why = error.code ?? error.message.split(' ')[0] ?? ''));
  try {
    await redis.connect();
    await redis.ping();
    return ok('redis', 'answers');
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const refused = /NOAUTH|WRONGPASS/.exec(message)?.[0];
    return problem(
      'redis',
      `REDIS_URL cannot be used (${refused ?? (why || 'no answer')})`,
      refused ? 'The password is not right' : 'Check that Redis runs there and that host and port are right',
    );
  } finally {
    redis.disconnect();
  }
}
