import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  execute,
  getOperationAST,
} from 'graphql';
import { createIpCount } from '../guard/ip-count.js';
import { SOCKETS_PER_CLIENT } from '../guard/limits.js';
import { readBody } from '../http/body.js';
import { respondJson } from '../http/respond.js';
import type { Log } from '../log.js';
import type { GraphqlContext } from './context.js';
import { type Documents, isDocument } from './documents.js';
import { describeRequestError, toClientError } from './errors.js';
import { createYogaHandler } from './yoga.js';

/** Larger documents are no login. */
const MAX_BODY_BYTES = 64_000;
const JSON_TYPE = 'application/json';
const RESPONSE_TYPE = 'application/graphql-response+json';

interface Params {
  query: string;
  operationName: string | undefined;
  variables: Record<string, unknown> | undefined;
}

/**
 * GraphQL over HTTP. A POST of JSON, which is every login, is executed straight away: half the cost of a request is
 * otherwise spent on translating it to web-standard objects and back. Everything else is Yoga's.
 */
export function createGraphqlHandler(parts: {
  schema: GraphQLSchema;
  documents: Documents;
  createContext: (request: IncomingMessage, response: ServerResponse) => GraphqlContext;
  isAllowedOrigin: (origin: string) => boolean;
  production: boolean;
  log: Log;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { schema, documents, createContext, isAllowedOrigin, log } = parts;
  const yoga = createYogaHandler(parts);
  const streams = createIpCount(SOCKETS_PER_CLIENT);

  return async (request, response) => {
    setCors(request, response, isAllowedOrigin);
    response.setHeader('cache-control', 'no-store');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    // Yoga makes a URL of the header, and fails without a word when that is none.
    if (!URL.canParse(`http://${request.headers.host}`))
      return refuse(response, 400, 'BAD_REQUEST', 'The Host header names no host.');
    if (request.method !== 'POST') {
      // In development that is a browser that opens GraphiQL.
      if (parts.production && isVisit(request)) return respondJson(response, 404, { error: 'NOT_FOUND' });
      return void (await yoga(request, response));
    }
    // Forms and plain text can be posted by any web page without asking; JSON cannot.
    const contentType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (contentType !== JSON_TYPE && contentType !== RESPONSE_TYPE) {
      return refuse(response, 415, 'UNSUPPORTED_MEDIA_TYPE', `Send the request as ${JSON_TYPE}.`);
    }
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined)
      return refuse(response, 413, 'PAYLOAD_TOO_LARGE', `The request is larger than ${MAX_BODY_BYTES} bytes.`);

    const accepted = negotiate(request.headers.accept);
    if (accepted === 'stream') return stream(request, response, body);
    if (accepted === 'nothing')
      return refuse(response, 406, 'NOT_ACCEPTABLE', `Accept ${RESPONSE_TYPE}, ${JSON_TYPE} or text/event-stream.`);
    const params = readParams(body);
    if (typeof params === 'string') return refuse(response, 400, 'BAD_REQUEST', params, accepted);

    const prepared = documents.prepare(params.query);
    if (!isDocument(prepared))
      return respond(response, accepted === RESPONSE_TYPE ? 400 : 200, accepted, {
        errors: prepared.map(describeRequestError),
      });
    if (getOperationAST(prepared, params.operationName)?.operation === 'subscription')
      return stream(request, response, body);
    const context = createContext(request, response);
    const result = await run(prepared, params, context);
    // Without data nothing was executed: the variables or the operation name were wrong.
    respond(
      response,
      accepted === RESPONSE_TYPE && result.data === undefined ? 400 : 200,
      accepted,
      masked(result, context),
    );
  };

  async function run(document: DocumentNode, params: Params, contextValue: GraphqlContext): Promise<ExecutionResult> {
    return execute({
      schema,
      document,
      contextValue,
      variableValues: params.variables,
      operationName: params.operationName,
    });
  }

  function masked({ data, errors }: ExecutionResult, { client }: GraphqlContext): ResponseBody {
    if (!errors) return { data };
    return {
      ...(data === undefined ? {} : { data }),
      errors: errors.map((error) => toClientError(error, client.locale, log)),
    };
  }

  /** Yoga takes a body that has been read already from `request.body`. What it answers here is a stream that stays open. */
  async function stream(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const leave = streams.acquire(createContext(request, response).client.ip);
    if (!leave) return refuse(response, 429, 'TOO_MANY_STREAMS', `At most ${SOCKETS_PER_CLIENT} streams a client.`);
    response.once('close', leave);
    Object.assign(request, { body });
    await yoga(request, response);
  }
}

function setCors(
  request: IncomingMessage,
  response: ServerResponse,
  isAllowedOrigin: (origin: string) => boolean,
): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader('vary', 'Origin');
  if (!isAllowedOrigin(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  // A page whose machine has a wrong clock tells by it when a token runs out.
  response.setHeader('access-control-expose-headers', 'Date');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, accept-language, x-phonegate');
  response.setHeader('access-control-max-age', '7200');
}

/** Whether somebody opens the address in a browser, without a question. */
function isVisit({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'GET' && !/[?&]query=/.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
}

type Accepted = typeof JSON_TYPE | typeof RESPONSE_TYPE | 'stream' | 'nothing';

/** The first type of the Accept header that we speak. None at all means JSON. */
function negotiate(accept: string | undefined): Accepted {
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return JSON_TYPE;
  for (const part of accept.split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase();
    if (type === RESPONSE_TYPE) return RESPONSE_TYPE;
    if (type === JSON_TYPE || type === 'application/*' || type === '*/*') return JSON_TYPE;
    if (type === 'text/event-stream') return 'stream';
  }
  return 'nothing';
}

/** The request's parameters, or what is wrong with them (GraphQL over HTTP, section 6.4). */
function readParams(body: string): Params | string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'The body is not JSON.';
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return 'The body must be one JSON object; batches are not taken.';
  const { query, operationName, variables, extensions } = json as Record<string, unknown>;
  if (typeof query !== 'string') return '"query" must be a string.';
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    return '"operationName" must be a string.';
  if (!isMapOrAbsent(variables)) return '"variables" must be an object.';
  if (!isMapOrAbsent(extensions)) return '"extensions" must be an object.';
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function isMapOrAbsent(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}

interface ResponseBody {
  data?: unknown;
  errors?: readonly GraphQLFormattedError[];
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  type: string = JSON_TYPE,
): void {
  respond(response, status, type, { errors: [{ message, extensions: { code } }] });
}

function respond(response: ServerResponse, status: number, type: string, body: ResponseBody): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
