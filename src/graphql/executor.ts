import { type DocumentNode, type GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import type { Log } from '../log.js';
import type { GraphqlContext } from './context.js';
import { declaredVariables } from './declared-variables.js';
import { type Documents, isDocument } from './documents.js';
import type { ExecuteInTurn } from './execute-in-turn.js';
import type { Params } from './http-request.js';
import type { ResponseBody } from './http-response.js';
import { maskError } from './mask-error.js';
import { ownOperation } from './own-operation.js';

/** What an operation needs while it waits. */
export interface Operation {
  document: DocumentNode;
  operationName: string | undefined;
  variableValues: Record<string, unknown> | undefined;
}

/** Executes queries and mutations. Subscriptions are streams. */
export function createExecutor({
  schema,
  documents,
  executeInTurn,
  log,
}: {
  schema: GraphQLSchema;
  documents: Documents;
  executeInTurn: ExecuteInTurn;
  log: Log;
}) {
  const masked =
    ({ client }: GraphqlContext) =>
    (error: GraphQLError) =>
      maskError(error, { locale: client.locale, log });
  return {
    /** @returns what the operation needs, or the answer to a document that is not valid */
    prepare({ query, operationName, variables }: Params, context: GraphqlContext): Operation | ResponseBody | 'stream' {
      const document = documents.prepare(query);
      if (!isDocument(document)) return { errors: document.map(masked(context)) };
      if (isSubscription(document, operationName)) return 'stream';
      const variableValues = declaredVariables(document, operationName, variables);
      return { document: ownOperation(document, operationName), operationName, variableValues };
    },
    async execute(operation: Operation, context: GraphqlContext): Promise<ResponseBody> {
      const { data, errors } = await executeInTurn({ schema, contextValue: context, ...operation });
      return { ...(data === undefined ? {} : { data }), ...(errors && { errors: errors.map(masked(context)) }) };
    },
  };
}

function isSubscription(document: DocumentNode, operationName: string | undefined): boolean {
  return getOperationAST(document, operationName)?.operation === 'subscription';
}
