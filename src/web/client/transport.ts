import type { Clock } from './clock.js';
import { PhonegateError, errorOf } from './error.js';
import type { Document } from './generated.js';
import { following } from './pause.js';

/** How requests reach the gateway. */
export interface Transport {
  /** Sends a document and gives its data. @throws PhonegateError */
  send<Data, Variables>(
    document: Document<Data, Variables>,
    variables: Variables,
    options?: SendOptions,
  ): Promise<Data>;
  /** The same request, open, for the events of its answer (GraphQL over SSE, distinct connections). @throws PhonegateError */
  open<Variables>(
    document: Document<unknown, Variables>,
    variables: Variables,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>;
  /** Where GraphQL over WebSocket is spoken, and by what. */
  socketUrl: string;
  webSocketImpl: unknown;
  /** The language to speak to the person; as the browser says, unless set. */
  locale(): string | undefined;
}

interface SendOptions {
  /** An access token. */
  bearer?: string | undefined;
  signal?: AbortSignal | undefined;
  /** How long to wait for the answer. */
  withinMs?: number;
}

/** A code may take three channels and twenty seconds to send; after that nobody waits. */
const TIMEOUT_MS = 30_000;

export function createTransport(parts: {
  /** The gateway's address, without a slash at its end. */
  url: string;
  locale: () => string | undefined;
  clock: Clock;
  webSocketImpl?: unknown;
}): Transport {
  const endpoint = `${parts.url}/graphql`;

  async function post(
    document: string,
    variables: unknown,
    { accept, bearer, signal }: SendOptions & { accept: string },
  ): Promise<Response> {
    const locale = parts.locale();
    const sentAt = Date.now();
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          accept,
          'content-type': 'application/json',
          // Shows that the request was meant, where the session is in a cookie.
          'x-phonegate': '1',
          ...(locale ? { 'accept-language': locale } : {}),
          ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        },
        credentials: 'include',
        body: JSON.stringify({ query: document, variables }),
        signal: signal ?? null,
      });
      parts.clock.learn(response.headers.get('date'), sentAt);
      return response;
    } catch (error) {
      throw unreachable(error);
    }
  }

  return {
    socketUrl: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: parts.webSocketImpl,
    locale: parts.locale,
    async send<Data, Variables>(document: Document<Data, Variables>, variables: Variables, options: SendOptions = {}) {
      const end = following(options.signal);
      const timer = setTimeout(() => end.abort(), options.withinMs ?? TIMEOUT_MS);
      try {
        const response = await post(document, variables, {
          ...options,
          accept: 'application/json',
          signal: end.signal,
        });
        const body = (await response.json().catch((error: unknown) => {
          throw error instanceof SyntaxError ? unavailable(response) : unreachable(error);
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

function unreachable(cause: unknown): PhonegateError {
  return new PhonegateError('NETWORK', 'The gateway cannot be reached.', { cause });
}

function unavailable({ status }: Response): PhonegateError {
  return new PhonegateError('UNAVAILABLE', `The gateway answered ${status}.`);
}
