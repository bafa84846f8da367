import type { IncomingMessage, ServerResponse } from 'node:http';
import type { createYogaHandler } from './yoga.js';

/**
 * Loads Yoga after the first POST, or for the first request that needs it: its 400 files take a quarter of the
 * gateway's loading time. A login begins with a POST, so Yoga is loaded before the stream that watches the login.
 */
export function createLazyYoga(deps: Parameters<typeof createYogaHandler>[0]) {
  let loaded: Promise<ReturnType<typeof createYogaHandler>> | undefined;
  let isScheduled = false;
  const load = () => (loaded ??= import('./yoga.js').then((module) => module.createYogaHandler(deps)));
  return {
    /** Loads Yoga when this response is done. Later calls do nothing. */
    loadAfter(response: ServerResponse): void {
      if (isScheduled) return;
      isScheduled = true;
      response.once('close', () => void load().catch(() => (loaded = undefined)));
    },
    async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const yoga = await load();
      await yoga(request, response);
    },
  };
}
