import { GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import { type Server, makeServer } from 'graphql-ws';
import { SUBSCRIPTIONS_PER_SOCKET } from '../../guard/limits.js';
import type { NetworkBudget } from '../../guard/floods/network-budget.js';
import { readBearer } from '../../http/read-bearer.js';
import { wishedLocale } from '../../locales/locale.js';
import type { Log } from '../../log.js';
import type { GraphqlContext } from '../context.js';
import { declaredVariables } from '../declared-variables.js';
import { type Documents, isDocument } from '../documents.js';
import type { ExecuteInTurn } from '../execute-in-turn.js';
import { maskError } from '../mask-error.js';
import { ownOperation } from '../own-operation.js';
import { takeOperation } from '../take-operation.js';

/** Charged for an operation, because most of its work, such as the answer of the database, is done after its turn. */
const OPERATION_MS = 1;
/** How long a client may take to send `connection_init`. */
export const INIT_TIMEOUT_MS = 3_000;

/** The state of one socket while it is open. */
export interface Connection {
  context: GraphqlContext;
  /** Ties the socket to the session of its access token. @returns whether the token is valid. */
  admit: () => Promise<boolean>;
}

/**
 * The protocol graphql-transport-ws through graphql-ws, with our authentication, limits, document rules and error
 * masking.
 */
export function createProtocol(deps: {
  schema: GraphQLSchema;
  documents: Documents;
  operations: NetworkBudget;
  executeInTurn: ExecuteInTurn;
  cpuTime: NetworkBudget;
  log: Log;
}): Server<Connection> {
  const { schema, documents, operations, executeInTurn, cpuTime, log } = deps;
  const mask =
    ({ context }: Connection) =>
    (error: GraphQLError) =>
      maskError(error, { locale: context.client.locale, log });

  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    execute: executeInTurn,
    async onConnect({ connectionParams, extra: { context, admit } }) {
      const { authorization: lower, Authorization: upper, locale } = connectionParams ?? {};
      const authorization = lower ?? upper;
      forget(connectionParams);
      context.bearer = readBearer(authorization);
      // A token that is sent must be valid, because only here can the client learn that it must refresh. Closes with
      // 4403.
      if (authorization !== undefined && !(await admit())) return false;
      if (typeof locale === 'string')
        context.client = { ...context.client, locale: wishedLocale(locale, context.client.locale) };
      return true;
    },
    onSubscribe({ subscriptions, extra }, _id, payload) {
      const { query, operationName, variables } = payload;
      forget(payload);
      if (Object.keys(subscriptions).length > SUBSCRIPTIONS_PER_SOCKET)
        return [
          refusal('TOO_MANY_OPERATIONS', `A socket can have at most ${SUBSCRIPTIONS_PER_SOCKET} open operations.`),
        ];
      const { client } = extra.context;
      const refused = takeOperation(operations, extra.context);
      if (refused) return [refusal(refused.code, refused.message, { retryAfterSeconds: refused.retryAfterSeconds })];
      cpuTime.charge(client.ip, OPERATION_MS);
      const prepared = documents.prepare(query);
      if (!isDocument(prepared)) return prepared;
      if (getOperationAST(prepared, operationName)?.operation === 'mutation')
        return [refusal('MUTATION_OVER_WEBSOCKET', 'Send mutations over HTTP POST.')];
      return {
        schema,
        document: ownOperation(prepared, operationName),
        operationName: operationName ?? null,
        variableValues: declaredVariables(prepared, operationName, variables) ?? null,
        // A copy: the viewer that one operation looked up may be outdated for the next one.
        contextValue: { ...extra.context },
      };
    },
    onError: ({ extra }, ...[, , errors]) => errors.map(mask(extra)),
    onNext({ extra }, ...[, , , result]) {
      return result.errors && ({ ...result, errors: result.errors.map(mask(extra)) } as never);
    },
  });
}

/**
 * Empties an object of a client's message. graphql-ws keeps that of `connection_init` until the socket closes, and that of
 * `subscribe` until the operation ends.
 */
function forget(payload: object | undefined): void {
  for (const key of Object.keys(payload ?? {})) Reflect.deleteProperty(payload as object, key);
}

function refusal(code: string, message: string, more: { retryAfterSeconds?: number } = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more } });
}
