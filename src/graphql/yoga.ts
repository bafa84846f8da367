import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DocumentNode, GraphQLError, type GraphQLErrorOptions, type GraphQLSchema, type validate } from 'graphql';
import { type Plugin, createYoga } from 'graphql-yoga';
import type { Log } from '../log.js';
import type { GraphqlContext } from './context.js';
import type { Documents } from './documents.js';
import { toClientError } from './errors.js';

/**
 * Yoga serves what is not a plain POST of JSON: queries over GET, subscriptions over SSE, GraphiQL. Its defaults that
 * are unsafe for a login service are off; size and origin are checked before a request gets here, and documents pass the
 * same rules as everywhere.
 */
export function createYogaHandler(parts: {
  schema: GraphQLSchema;
  documents: Documents;
  contextOf: (request: IncomingMessage) => GraphqlContext;
  production: boolean;
  log: Log;
}): (request: IncomingMessage, response: ServerResponse) => unknown {
  const { schema, documents, contextOf, production, log } = parts;
  return createYoga<{ req: IncomingMessage; res: ServerResponse }, GraphqlContext>({
    schema,
    context: ({ req }) => contextOf(req),
    graphqlEndpoint: '/graphql',
    graphiql: production ? false : { title: 'Phonegate', subscriptionsProtocol: 'WS' },
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    logging: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    maskedErrors: {
      isDev: false,
      maskError: (error) => {
        if (!(error instanceof GraphQLError)) throw error;
        const { message, extensions } = toClientError(error, 'en', log);
        const { nodes, source, positions, path } = error;
        // Yoga reads the HTTP status it should answer from `extensions.http`, and takes it out again.
        const { http } = error.extensions;
        return new GraphQLError(message, {
          nodes,
          source,
          positions,
          path,
          extensions: { ...extensions, ...(http ? { http } : {}) },
        } as GraphQLErrorOptions);
      },
    },
    plugins: [
      {
        onParse({ setParseFn }) {
          setParseFn((source: string) => documents.parse(source));
        },
        onValidate({ setValidationFn }) {
          setValidationFn(((_schema: unknown, document: DocumentNode) =>
            documents.validate(document)) as typeof validate);
        },
      } satisfies Plugin<GraphqlContext>,
    ],
  });
}
