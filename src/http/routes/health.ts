import { respondJson } from '../respond.js';
import type { Handler } from '../server.js';

/** The process answers. */
export const live: Handler = (_, response) => respondJson(response, 200, { status: 'ok' });

/** Whether this instance should be sent people: 503 without a database or while it shuts down. Without Redis it is only slower. */
export function createReadyRoute(parts: {
  pingDatabase: () => Promise<void>;
  redis: () => 'up' | 'down' | 'not configured';
  isDraining: () => boolean;
}): Handler {
  return async (_, response) => {
    const database = await parts.pingDatabase().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const redis = parts.redis();
    const draining = parts.isDraining();
    const ready = database === 'up' && !draining;
    respondJson(response, ready ? 200 : 503, {
      status: draining ? 'draining' : !ready ? 'down' : redis === 'down' ? 'degraded' : 'ok',
      database,
      redis,
    });
  };
}
