import { createClient } from 'graphql-ws/client';
import { PhonegateError, errorOf } from '../error.js';
import { type LoginAttemptStatusSubscription, documents } from '../generated.js';
import type { Transport } from '../transport.js';
import type { AttemptKey, LoginAttempt } from './watch.js';

/** A socket that is not answered by then goes nowhere: a proxy swallows it. */
const ACKNOWLEDGED_WITHIN_MS = 5_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;

/** The attempt's states over a socket of its own (graphql-transport-ws). Ends when the gateway ends it. */
export async function* overWebSocket(
  attempt: AttemptKey,
  { socketUrl, webSocketImpl, locale }: Transport,
  signal: AbortSignal,
): AsyncGenerator<LoginAttempt> {
  let missing: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: socketUrl,
    webSocketImpl,
    retryAttempts: 0,
    connectionAckWaitTimeout: ACKNOWLEDGED_WITHIN_MS,
    connectionParams: { locale: locale() },
    keepAlive: PING_EVERY_MS,
    on: {
      // The network can go without a word; then only the missing pong tells.
      ping: (received) => {
        if (!received) missing = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(missing);
      },
    },
  });
  const states = client.iterate<LoginAttemptStatusSubscription>({
    query: documents.LoginAttemptStatus,
    variables: { ...attempt },
  });
  // Whoever leaves while nothing happens would otherwise wait for the next event to notice.
  const leave = () => client.terminate();
  signal.addEventListener('abort', leave);
  try {
    for await (const { data, errors } of states) {
      if (errors) throw errorOf(errors);
      if (data) yield data.loginAttemptStatus;
    }
  } catch (error) {
    if (error instanceof PhonegateError) throw error;
    if (Array.isArray(error)) throw errorOf(error);
    throw new PhonegateError('NETWORK', 'The socket was closed.', { cause: error });
  } finally {
    signal.removeEventListener('abort', leave);
    clearTimeout(missing);
    await client.dispose();
  }
}
