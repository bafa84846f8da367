import type { Clock } from './clock.js';
import { PhonegateError, errorOf, unreachable } from './error.js';
import type { Document } from './generated.js';
import { abortedWith } from './pause.js';

/** Sends GraphQL requests to the gateway. */
export interface Transport {
  /** Sends a document and returns its data. @throws PhonegateError */
  send<Data, Variables>(
    document: Document<Data, Variables>,
    variables: Variables,
    options?: SendOptions,
  ): Promise<Data>;
  /** Sends a document and returns the stream of events (GraphQL over SSE, distinct connections). @throws PhonegateError */
  open<Variables>(
    document: Document<unknown, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  /** The endpoint of GraphQL over WebSocket. */
  socketUrl: string;
  /** A WebSocket class; `undefined` for the global one. */
  webSocketImpl: unknown;
  /** The user's language; `undefined` for the browser's own. */
  locale(): string | undefined;
}

interface SendOptions {
  /** A gateway token. */
  bearer?: string | undefined;
  signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds. Default 30,000. */
  withinMs?: number;
}

/** Sending a code may take three channels and twenty seconds. */
const TIMEOUT_MS = 30_000;

export function createTransport(deps: {
  /** The gateway's address, without a slash at its end. */
  url: string;
  locale: () => string | undefined;
  clock: Clock;
  webSocketImpl?: unknown;
  fetch?: typeof globalThis.fetch | undefined;
}): Transport {
  const endpoint = `${deps.url}/graphql`;

  async function post(
    document: string,
    variables: unknown,
    { accept, bearer, signal }: SendOptions & { accept: string },
  ): Promise<Response> {
    const locale = deps.locale();
    const sentAt = Date.now();
    try {
      const response = await (deps.fetch ?? fetch)(endpoint, {
        method: 'POST',
        headers: {
          accept,
          'content-type': 'application/json',
          // Requests that rely on the session cookie need it, as another site's page cannot set it (CSRF).
          'x-phonegate': '1',
          ...(locale && { 'accept-language': locale }),
          ...(bearer && { authorization: `Bearer ${bearer}` }),
        },
        credentials: 'include',
        body: JSON.stringify({ query: document, variables }),
        signal: signal ?? null,
      });
      deps.clock.learn(response.headers.get('date'), sentAt);
      return response;
    } catch (error) {
      throw unreachable(error);
    }
  }

  return {
    socketUrl: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: deps.webSocketImpl,
    locale: deps.locale,
    async send<Data, Variables>(document: Document<Data, Variables>, variables: Variables, options: SendOptions = {}) {
      const end = abortedWith(options.signal);
      const timer = setTimeout(() => end.abort(), options.withinMs ?? TIMEOUT_MS);
      try {
        const response = await post(document, variables, {
          ...options,
          accept: 'application/json',
          signal: end.signal,
        });
        const body = (await response.json().catch((error: unknown) => {
          // By its name: a test environment or a native fetch may have a SyntaxError of its own.
          throw (error as Error).name === 'SyntaxError' ? unavailable(response) : unreachable(error);
        })) as { data?: Data | null; errors?: unknown } | null;
        if (Array.isArray(body?.errors)) throw errorOf(body.errors);
        if (!body?.data) throw unavailable(response);
        return body.data;
      } finally {
        clearTimeout(timer);
        end.abort();
      }
    },
    async open(document, variables, signal) {
      const response = await post(document, variables, { accept: 'text/event-stream', signal });
      if (!response.ok || !response.body) throw unavailable(response);
      return response.body;
    },
  };
}

function unavailable({ status }: Response): PhonegateError {
  return new PhonegateError('UNAVAILABLE', `The gateway answered ${status}.`);
}
