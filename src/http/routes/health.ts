import type { ChannelHealth } from '../../delivery/send/resilient-channel.js';
import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';

/** The process answers. */
export const live: Handler = (_, response) => respondJson(response, 200, { status: 'ok' });

/** Whether this instance should be sent people: 503 without a database or while it shuts down. Without Redis it is only slower, without a provider people still sign in another way. */
export function createReadyRoute(parts: {
  pingDatabase: () => Promise<void>;
  redis: () => 'up' | 'down' | 'not configured';
  /** By name, as this instance knows them. */
  channels: () => Record<string, ChannelHealth>;
  isDraining: () => boolean;
}): Handler {
  return async (_, response) => {
    const database = await parts.pingDatabase().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const redis = parts.redis();
    const draining = parts.isDraining();
    const channels = parts.channels();
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
