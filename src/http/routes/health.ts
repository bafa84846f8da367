import type { ChannelHealth } from '../../delivery/send/resilient-channel.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';

/** Answers 200 as long as the process runs. */
export const live: Handler = (_, response) => respondJson(response, 200, { status: 'ok' });

/**
 * Whether a load balancer should send requests to this instance. 503 without a database and while the instance shuts
 * down. Without Redis the instance is only slower, and without a provider users can still sign in by another channel.
 */
export function createReadyRoute(deps: {
  pingDatabase: () => Promise<void>;
  redis: () => 'up' | 'down' | 'not configured';
  /** Health of the channels by name, as this instance sees them. */
  channels: () => Record<string, ChannelHealth>;
  isDraining: () => boolean;
}): Handler {
  return async (_, response) => {
    const database = await deps.pingDatabase().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const redis = deps.redis();
    const draining = deps.isDraining();
    const channels = deps.channels();
    const ready = database === 'up' && !draining;
    const degraded = redis === 'down' || Object.values(channels).some(({ breaker }) => breaker !== 'closed');
    respondJson(response, ready ? 200 : 503, {
      status: draining ? 'draining' : !ready ? 'down' : degraded ? 'degraded' : 'ok',
      database,
      redis,
      channels,
    });
  };
}
