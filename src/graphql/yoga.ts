import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DocumentNode, GraphQLError, type GraphQLErrorOptions, type GraphQLSchema, type validate } from 'graphql';
import { type Plugin, createYoga } from 'graphql-yoga';
import { type Locale, chooseLocale } from '../locales/locale.js';
import { STREAM_HEADERS } from '../http/stream-headers.js';
import type { Log } from '../log.js';
import type { GraphqlContext } from './context.js';
import type { Documents } from './documents.js';
import type { ExecuteInTurn } from './execute-in-turn.js';
import { renderGraphiQL } from './graphiql.js';
import { maskError } from './mask-error.js';

/**
 * The locale of the current request, because Yoga masks errors without naming the request. One instance for the whole
 * process: on Node.js 20 each AsyncLocalStorage slows down every promise.
 */
const requestLocale = new AsyncLocalStorage<Locale>();

/**
 * Yoga serves every request that is not a plain POST of JSON: queries over GET, subscriptions over SSE, GraphiQL.
 * Defaults of Yoga that are unsafe for a login service are turned off. Size and origin are already checked, and
 * documents pass the same rules as everywhere.
 */
export function createYogaHandler(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  executeInTurn: ExecuteInTurn;
  createContext: (request: IncomingMessage, response: ServerResponse) => GraphqlContext;
  production: boolean;
  log: Log;
}): (request: IncomingMessage, response: ServerResponse) => unknown {
  const { schema, documents, executeInTurn, createContext, production, log } = deps;
  const mask = (error: GraphQLError) => {
    const { message, extensions } = maskError(error, { locale: requestLocale.getStore(), log });
    const { nodes, source, positions, path } = error;
    const { http } = error.extensions; // the status that Yoga answers with; it is not sent to the client
    const shown = { ...extensions, ...(http ? { http } : {}) };
    return new GraphQLError(message, { nodes, source, positions, path, extensions: shown } as GraphQLErrorOptions);
  };

  const yoga = createYoga<{ req: IncomingMessage; res: ServerResponse }, GraphqlContext>({
    schema,
    context: ({ req, res }) => createContext(req, res),
    graphqlEndpoint: '/graphql',
    graphiql: production ? false : { title: 'Phonegate', subscriptionsProtocol: 'WS' },
    renderGraphiQL,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    parserAndValidationCache: false, // `documents` has a cache
    logging: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    maskedErrors: {
      isDev: false,
      // Thrown on, an error of Yoga itself would be answered with its stack.
      maskError: (error) =>
        mask(error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error })),
    },
    plugins: [
      {
        onResponse: ({ response: { headers } }) => {
          // Yoga sets no-cache on a stream. That still allows storing the stream, which can contain a token.
          headers.set('cache-control', 'no-store');
          if (!headers.get('content-type')?.startsWith('text/event-stream')) return;
          for (const [name, value] of Object.entries(STREAM_HEADERS)) headers.set(name, value);
        },
        onParse({ setParseFn }) {
          setParseFn((source: string) => documents.parse(source));
        },
        onValidate({ setValidationFn }) {
          setValidationFn(((_schema: unknown, document: DocumentNode) =>
            // Yoga sends these errors unchanged.
            documents.validate(document).map(mask)) as typeof validate);
        },
        onExecute: ({ setExecuteFn }) => setExecuteFn(executeInTurn),
      } satisfies Plugin<GraphqlContext>,
    ],
  });
  return (request, response) =>
    requestLocale.run(chooseLocale(request.headers['accept-language']), () => yoga(request, response));
}
