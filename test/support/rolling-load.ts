import { Agent, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchWithTimings } from '../../packages/client/test/watching.js';
import { WATCH_TIMINGS } from '../../packages/client/src/watch/timings.js';
import { deliverWebhook, incomingText, somePhone, startWhatsAppLogin } from './calls.js';

/** What clients sent to an address while instances behind it were restarted, and what they got. */
export interface Load {
  requests: number;
  /** Every request that was not answered as expected, and why. */
  failed: string[];
  waiting: number;
  /** The milliseconds from a message by WhatsApp to its notice at the waiting client, in ascending order. */
  noticedAfterMs: number[];
}

/** What each client asks in turn, over one connection that it keeps. */
const REQUESTS: readonly { method: string; path: string; body?: string; status: number; answer: RegExp }[] = [
  {
    method: 'POST',
    path: '/graphql',
    body: JSON.stringify({ query: 'mutation { startWhatsAppLogin { __typename } }' }),
    status: 200,
    answer: /"WhatsAppLogin"/,
  },
  { method: 'GET', path: '/auth/verify', status: 401, answer: /UNAUTHENTICATED/ },
  { method: 'GET', path: '/login', status: 200, answer: /<!doctype html>/i },
];

/**
 * Sends requests to `url`, and lets clients wait for a login there, until `work` is done. The messages for the waiting clients
 * arrive all the time, so some arrive while their client changes to another instance.
 */
export async function underLoad(
  url: string,
  { clients, waiting, pauseMs }: { clients: number; waiting: number; pauseMs: number },
  work: () => Promise<void>,
): Promise<Load> {
  const load: Load = { requests: 0, failed: [], waiting, noticedAfterMs: [] };
  const watchers = await startWatchers(url, waiting);
  const over = new AbortController();
  const working = work().finally(() => over.abort());
  const sending = Array.from({ length: clients }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let index = 0; !over.signal.aborted; index += 1) {
      const problem = await send({ url, agent }, REQUESTS[index % REQUESTS.length] as (typeof REQUESTS)[number]);
      load.requests += 1;
      if (problem !== undefined) load.failed.push(problem);
      await sleep(pauseMs * (0.5 + Math.random()));
    }
    agent.destroy();
  });
  const completing = (async () => {
    let left = watchers.slice();
    while (left.length > 0) {
      // The last half is for the end, so that clients wait during all of the work.
      const next = over.signal.aborted ? 10 : left.length > waiting / 2 ? 1 : 0;
      await Promise.all(left.slice(0, next).map((watcher) => watcher.complete(load)));
      left = left.slice(next);
      await sleep(pauseMs);
    }
  })();
  await Promise.all([working, ...sending, completing]);
  load.noticedAfterMs.sort((one, other) => one - other);
  return load;
}

async function send(
  { url, agent }: { url: string; agent: Agent },
  { method, path, body, status, answer }: (typeof REQUESTS)[number],
): Promise<string | undefined> {
  try {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asking = request(`${url}${path}`, { method, agent, headers });
    asking.end(body);
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    const got = await text(response);
    return response.statusCode === status && answer.test(got)
      ? undefined
      : `${method} ${path}: ${response.statusCode} ${got.slice(0, 100)}`;
  } catch (error) {
    return `${method} ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}

/** Clients that wait for a login by WhatsApp, each over a WebSocket of its own. */
async function startWatchers(url: string, count: number) {
  const watchers: { complete(load: Load): Promise<void> }[] = [];
  while (watchers.length < count) {
    const some = Array.from({ length: Math.min(10, count - watchers.length) }, () => startWatcher(url));
    watchers.push(...(await Promise.all(some)));
  }
  return watchers;
}

async function startWatcher(url: string) {
  const attempt = await startWhatsAppLogin(`${url}/graphql`);
  const states = watchWithTimings({ url, attempt }, WATCH_TIMINGS);
  await states.next();
  const completed = states.next();
  return {
    async complete(load: Load) {
      const delivered = deliverWebhook(url, incomingText(attempt.loginMessage, somePhone()));
      const status = await delivered.catch((error: unknown) => String((error as Error).cause));
      const deliveredAt = performance.now();
      load.requests += 1;
      if (status !== 200) return void load.failed.push(`webhook: ${status}`);
      await completed;
      load.noticedAfterMs.push(performance.now() - deliveredAt);
    },
  };
}
