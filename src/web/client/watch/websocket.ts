import { PhonegateError, errorOf } from '../error.js';
import { type LoginAttemptStatusSubscription, documents } from '../generated.js';
import type { Transport } from '../transport.js';
import type { AttemptKey, LoginAttempt } from './watch.js';

/** The network can go without a word; then only the missing answer to a question tells. */
const ASK_AFTER_MS = 10_000;
const ANSWERED_WITHIN_MS = 5_000;

/** What the gateway says, as far as we ask for it. */
type Message =
  | { type: 'connection_ack' | 'ping' | 'pong' | 'complete' }
  | { type: 'next'; payload: { data?: LoginAttemptStatusSubscription; errors?: [] } }
  | { type: 'error'; payload: [] };

/**
 * The attempt's states over a socket of its own. Ends when the gateway ends it.
 *
 * One subscription of the protocol graphql-transport-ws: the whole client of graphql-ws, with its ids, retries and queues,
 * would be as large as all the rest of ours.
 */
export async function* overWebSocket(
  attempt: AttemptKey,
  { socketUrl, webSocketImpl, locale }: Transport,
  signal: AbortSignal,
): AsyncGenerator<LoginAttempt> {
  const socket = new ((webSocketImpl ?? WebSocket) as typeof WebSocket)(socketUrl, 'graphql-transport-ws');
  const states: LoginAttempt[] = [];
  let isOver = false;
  let failure: PhonegateError | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wake = () => {};

  const say = (type: string, more: object = {}) => socket.send(JSON.stringify({ ...more, type }));

  function end(error?: PhonegateError): void {
    if (isOver) return;
    isOver = true;
    failure = error;
    clearTimeout(timer);
    socket.close();
    wake();
  }
  const leave = () => end();
  const broken = () => end(new PhonegateError('NETWORK', 'The socket was closed.'));

  function ask(): void {
    say('ping');
    timer = setTimeout(broken, ANSWERED_WITHIN_MS);
  }

  function hear(message: Message): void {
    clearTimeout(timer);
    timer = setTimeout(ask, ASK_AFTER_MS);
    if (message.type === 'connection_ack')
      say('subscribe', { id: '1', payload: { query: documents.LoginAttemptStatus, variables: attempt } });
    if (message.type === 'ping') say('pong');
    if (message.type === 'complete') end();
    if (message.type === 'error') end(errorOf(message.payload));
    if (message.type === 'next') {
      const { data, errors } = message.payload;
      if (errors) return end(errorOf(errors));
      if (data) states.push(data.loginAttemptStatus);
      wake();
    }
  }

  socket.addEventListener('open', () => say('connection_init', { payload: { locale: locale() } }));
  socket.addEventListener('message', ({ data }) => {
    try {
      if (!isOver) hear(JSON.parse(String(data)) as Message);
    } catch {
      broken(); // whoever that is, it is no gateway
    }
  });
  socket.addEventListener('close', broken);
  socket.addEventListener('error', broken);
  // Heard at once, also while nobody asks for the next state.
  signal.addEventListener('abort', leave);
  try {
    for (;;) {
      const state = states.shift();
      if (state) yield state;
      else if (failure) throw failure;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', leave);
    end();
  }
}
