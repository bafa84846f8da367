import { PhonegateError, errorOf, unreachable } from '../error.js';
import { type LoginAttemptStatusSubscription, documents } from '../generated.js';
import type { LoginAttempt } from './attempt.js';
import type { WatchTransport } from './watch-transport.js';

/** The messages of the protocol that the gateway sends. */
type Message =
  | { type: 'connection_ack' | 'ping' | 'pong' | 'complete' }
  | { type: 'next'; payload: { data?: LoginAttemptStatusSubscription; errors?: [] } }
  | { type: 'error'; payload: [] };

/**
 * The attempt's status over a WebSocket of its own. Ends when the gateway completes the subscription, or shuts down.
 *
 * One subscription of the protocol graphql-transport-ws: the client of graphql-ws, with its ids, retries and queues, would
 * be as large as the rest of this client. See docs/decisions/0022.
 */
export const watchByWebSocket: WatchTransport = async function* ({ attempt, signal }, { transport, timings }) {
  const { socketUrl, webSocketImpl, locale } = transport;
  const socket = new ((webSocketImpl ?? WebSocket) as typeof WebSocket)(socketUrl, 'graphql-transport-ws');
  const received: LoginAttempt[] = [];
  let isOver = false;
  let failure: PhonegateError | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wake = () => {};

  const send = (type: string, fields: object = {}) => socket.send(JSON.stringify({ ...fields, type }));

  function end(error?: PhonegateError): void {
    if (isOver) return;
    isOver = true;
    failure = error;
    clearTimeout(timer);
    socket.close();
    wake();
  }
  const leave = () => end();
  // With the close code 1001, an instance that shuts down sends its clients to another one.
  const fail = (event?: Event) => end((event as CloseEvent | undefined)?.code === 1001 ? undefined : unreachable());

  /** A dead connection may report nothing: only the missing answer to a ping shows it. */
  function ping(): void {
    send('ping');
    timer = setTimeout(fail, timings.pongWithin);
  }

  function receive(message: Message): void {
    clearTimeout(timer);
    timer = setTimeout(ping, timings.pingAfter);
    if (message.type === 'connection_ack')
      send('subscribe', { id: '1', payload: { query: documents.LoginAttemptStatus, variables: attempt } });
    if (message.type === 'ping') send('pong');
    if (message.type === 'complete') end();
    if (message.type === 'error') end(errorOf(message.payload));
    if (message.type === 'next') {
      const { data, errors } = message.payload;
      if (errors) return end(errorOf(errors));
      if (data) received.push(data.loginAttemptStatus);
      wake();
    }
  }

  socket.addEventListener('open', () => send('connection_init', { payload: { locale: locale() } }));
  socket.addEventListener('message', ({ data }) => {
    try {
      if (!isOver) receive(JSON.parse(String(data)) as Message);
    } catch {
      fail(); // not a gateway
    }
  });
  socket.addEventListener('close', fail);
  socket.addEventListener('error', fail);
  // Closes the socket at once, also while the caller is not waiting for the next status.
  signal.addEventListener('abort', leave);
  try {
    for (;;) {
      const attemptNow = received.shift();
      if (attemptNow) yield attemptNow;
      else if (failure) throw failure;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', leave);
    end();
  }
};
