import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLErrorOptions,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type validate,
} from 'graphql';
import { type Plugin, createYoga } from 'graphql-yoga';
import { type Locale, chooseLocale } from '../locales/locale.js';
import type { Log } from '../log.js';
import type { GraphqlContext } from './context.js';
import type { Documents } from './documents.js';
import { describeRequestError, toClientError } from './errors.js';
import { renderGraphiQL } from './graphiql.js';

/**
 * Yoga serves what is not a plain POST of JSON: queries over GET, subscriptions over SSE, GraphiQL. Its defaults that
 * are unsafe for a login service are off; size and origin are checked before a request gets here, and documents pass the
 * same rules as everywhere.
 */
export function createYogaHandler(parts: {
  schema: GraphQLSchema;
  documents: Documents;
  createContext: (request: IncomingMessage, response: ServerResponse) => GraphqlContext;
  production: boolean;
  log: Log;
}): (request: IncomingMessage, response: ServerResponse) => unknown {
  const { schema, documents, createContext, production, log } = parts;
  const caller = new AsyncLocalStorage<Locale>(); // Yoga masks errors without saying whose they are
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
    logging: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    maskedErrors: {
      isDev: false,
      maskError(error) {
        if (!(error instanceof GraphQLError)) throw error;
        return rewrite(error, toClientError(error, caller.getStore() ?? 'en', log));
      },
    },
    plugins: [
      {
        // Of a stream it says no-cache; what is in it may be a token.
        onResponse: ({ response }) => response.headers.set('cache-control', 'no-store'),
        onParse({ setParseFn }) {
          setParseFn((source: string) => {
            try {
              return documents.parse(source);
            } catch (error) {
              throw error instanceof GraphQLError ? rewrite(error, describeRequestError(error)) : error;
            }
          });
        },
        onValidate({ setValidationFn }) {
          setValidationFn(((_schema: unknown, document: DocumentNode) =>
            documents
              .validate(document)
              .map((error) => rewrite(error, describeRequestError(error)))) as typeof validate);
        },
      } satisfies Plugin<GraphqlContext>,
    ],
  });
  return (request, response) =>
    caller.run(chooseLocale(request.headers['accept-language']), () => yoga(request, response));
}

/** The error as a client may see it, in the form that Yoga works with: it reads its HTTP status from `extensions.http`. */
function rewrite({ nodes, source, positions, path, extensions: { http } }: GraphQLError, shown: GraphQLFormattedError) {
  const extensions = { ...shown.extensions, ...(http ? { http } : {}) };
  return new GraphQLError(shown.message, { nodes, source, positions, path, extensions } as GraphQLErrorOptions);
}
