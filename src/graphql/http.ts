import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createIpCount } from '../guard/floods/ip-count.js';
import { SOCKETS_PER_CLIENT } from '../guard/limits.js';
import type { NetworkBudget } from '../guard/floods/network-budget.js';
import type { FairQueue } from '../guard/floods/fair-queue.js';
import type { TotalCount } from '../guard/floods/total-count.js';
import { readBody } from '../http/body.js';
import { setCorsHeaders } from '../http/cors.js';
import { REFUSAL_DELAY_MS } from '../http/request-limits.js';
import type { Refusals } from '../http/refusals.js';
import { respondJson } from '../http/respond.js';
import type { Log } from '../log.js';
import type { GraphqlContext } from './context.js';
import type { Documents } from './documents.js';
import type { ExecuteInTurn } from './execute-in-turn.js';
import { type Operation, createExecutor } from './executor.js';
import {
  EVENT_STREAM,
  JSON_TYPE,
  type Params,
  RESPONSE_TYPE,
  isJson,
  negotiate,
  readParams,
  readSearchParams,
} from './http-request.js';
import { type ResponseBody, refuse, respond } from './http-response.js';
import { createLazyYoga } from './lazy-yoga.js';
import type { OpenStreams } from './open-streams.js';
import { checkBudget, takeOperation } from './take-operation.js';
import { type YogaRequest, passNeededToYoga, passToYoga, reduceForYoga } from './yoga-request.js';

/** Much larger than the largest document that our clients send. */
export const MAX_BODY_BYTES = 64_000;
/** Charged for a request that Yoga serves, because most of its work is done after its turn. */
const YOGA_REQUEST_MS = 1;

interface GraphqlHandlerDeps {
  schema: GraphQLSchema;
  documents: Documents;
  createContext: (request: IncomingMessage, response: ServerResponse) => GraphqlContext;
  isAllowedOrigin: (origin: string) => boolean;
  production: boolean;
  fairQueue: FairQueue;
  cpuTime: NetworkBudget;
  operations: NetworkBudget;
  executeInTurn: ExecuteInTurn;
  /** Counts WebSockets too. */
  totalCount: TotalCount;
  openStreams: OpenStreams;
  refusals: Refusals;
  log: Log;
}

/**
 * GraphQL over HTTP. A POST of JSON is executed here, because Yoga would double its cost by converting the request to
 * web-standard objects and back. All other requests go to Yoga: GET, Server-Sent Events and GraphiQL. See
 * docs/decisions/0003.
 */
export function createGraphqlHandler(
  deps: GraphqlHandlerDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const {
    createContext,
    documents,
    isAllowedOrigin,
    production,
    fairQueue,
    cpuTime,
    operations,
    totalCount,
    openStreams,
    refusals,
  } = deps;
  const yoga = createLazyYoga(deps);
  const { prepare, execute } = createExecutor(deps);
  const streams = createIpCount(SOCKETS_PER_CLIENT, { production });

  /** Resolves when it is the turn of a client. The time of what runs then counts for its network. */
  const turnOf = (ip: string) => new Promise<void>((resolve) => fairQueue.enqueue(ip, resolve));

  /**
   * Passes a request to Yoga when it is the turn of its client. Counts it as an open stream until it is answered: a GET
   * can be a stream as well as a POST.
   *
   * @param inTurn runs when it is the turn of the client, and counts for its network
   */
  async function serveByYoga(
    request: YogaRequest,
    response: ServerResponse,
    inTurn: () => void = () => {},
  ): Promise<void> {
    const { client, login } = createContext(request, response);
    const { ip } = client;
    const refuseAndClose = (respondWith: () => void) => {
      login.guardEvents.record({ rule: 'sockets', action: 'refused', ip });
      response.setHeader('connection', 'close');
      delete request.body; // up to 64 KB, which would wait too
      refusals.hold({ ip, connection: response }, respondWith);
    };
    const refuseStream = (message: string) =>
      refuseAndClose(() => refuse(response, { code: 'TOO_MANY_STREAMS', message }, { status: 429 }));
    if (cpuTime.waitMs(ip) > 0) return refuseStream('This client opens streams too often. Try again later.');
    if (response.closed) return;
    const leave = streams.acquire(ip);
    if (!leave) return refuseStream(`A client can have at most ${SOCKETS_PER_CLIENT} open streams.`);
    response.once('close', leave);
    const leaveTotal = totalCount.acquire();
    if (!leaveTotal) return refuseAndClose(() => respondJson(response, 503, { error: 'UNAVAILABLE' }));
    response.once('close', leaveTotal);
    await turnOf(ip);
    // On a connection that a proxy has kept.
    if (!openStreams.add(response)) return respondJson(response, 503, { error: 'UNAVAILABLE' });
    cpuTime.charge(ip, YOGA_REQUEST_MS);
    inTurn();
    await yoga.serve(request, response);
  }

  /** A document that is new is validated in the turn of its client. Until then, values take less memory as text. */
  function stream(request: YogaRequest, response: ServerResponse, params: Params): Promise<void> {
    if (documents.isPrepared(params.query)) {
      passNeededToYoga(request, params, documents);
      return serveByYoga(request, response);
    }
    passToYoga(request, params);
    return serveByYoga(request, response, () => reduceForYoga(request, documents));
  }

  function refuseIf(
    refused: ReturnType<typeof checkBudget>,
    response: ServerResponse,
    { client }: GraphqlContext,
  ): boolean {
    if (!refused) return false;
    response.req.resume();
    const answer429 = () =>
      refuse(response.setHeader('retry-after', refused.retryAfterSeconds), refused, { status: 429 });
    refusals.hold({ ip: client.ip, connection: response, atLeastMs: REFUSAL_DELAY_MS }, answer429);
    return true;
  }

  /** Counts an operation. Refuses it when its client has sent too many. @returns whether it may go on */
  function mayOperate(response: ServerResponse, context: GraphqlContext): boolean {
    return !refuseIf(takeOperation(operations, context), response, context);
  }

  /**
   * Waits for the turn of a client whose document is new, because the validation can take a hundred times as long as
   * anything else here. Its CPU time counts. @returns whether it may go on
   */
  async function mayValidate(response: ServerResponse, context: GraphqlContext): Promise<boolean> {
    if (refuseIf(checkBudget(cpuTime, context), response, context)) return false;
    await turnOf(context.client.ip);
    return !response.closed;
  }

  async function post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isJson(request.headers['content-type'])) {
      const message = `Send the request as ${JSON_TYPE}.`;
      return refuse(response, { code: 'UNSUPPORTED_MEDIA_TYPE', message }, { status: 415 });
    }
    const context = createContext(request, response);
    if (!mayOperate(response, context)) return;
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) {
      const message = `The request is larger than ${MAX_BODY_BYTES} bytes.`;
      return refuse(response, { code: 'PAYLOAD_TOO_LARGE', message }, { status: 413 });
    }
    const type = negotiate(request.headers.accept);
    if (type === undefined) {
      const message = `Accept ${RESPONSE_TYPE}, ${JSON_TYPE} or text/event-stream.`;
      return refuse(response, { code: 'NOT_ACCEPTABLE', message }, { status: 406 });
    }
    // Returned and not awaited: a function that waits keeps what it has read.
    return answerBody(body, { request, response, context, type });
  }

  function answerBody(body: string, exchange: Exchange): Promise<void> | void {
    const { request, response, type } = exchange;
    const params = readParams(body);
    if (typeof params === 'string')
      return refuse(
        response,
        { code: 'BAD_REQUEST', message: params },
        { status: 400, ...(type === EVENT_STREAM ? {} : { type }) },
      );
    if (type === EVENT_STREAM) return stream(request, response, params);
    return documents.isPrepared(params.query) ? answer(params, exchange) : validateAndAnswer(body, exchange);
  }

  async function validateAndAnswer(body: string, exchange: Exchange): Promise<void> {
    if (!(await mayValidate(exchange.response, exchange.context))) return;
    return answer(readParams(body) as Params, exchange);
  }

  function answer(params: Params, exchange: Exchange): Promise<void> {
    const operation = prepare(params, exchange.context);
    if (operation === 'stream') return stream(exchange.request, exchange.response, params);
    return executeAndRespond(operation, exchange);
  }

  async function executeAndRespond(operation: Operation | ResponseBody, exchange: Exchange): Promise<void> {
    const { response, context, type } = exchange;
    const result = 'document' in operation ? await execute(operation, context) : operation;
    // Without data, nothing was executed: the document, the variables or the operation name was wrong.
    const status = type === RESPONSE_TYPE && result.data === undefined ? 400 : 200;
    respond(response, result, { status, type });
  }

  return async (request, response) => {
    setCorsHeaders(request, response, isAllowedOrigin);
    response.setHeader('cache-control', 'no-store');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    // Yoga makes a URL from the header and throws when it cannot.
    if (!URL.canParse(`http://${request.headers.host}`)) {
      const message = 'The Host header names no host.';
      return refuse(response, { code: 'BAD_REQUEST', message }, { status: 400 });
    }
    if (request.method === 'POST') {
      yoga.loadAfter(response);
      return post(request, response);
    }
    // In development, a browser gets GraphiQL here.
    const isPage = isPageVisit(request);
    if (production && isPage) return respondJson(response, 404, { error: 'NOT_FOUND' });
    if (!mayOperate(response, createContext(request, response))) return;
    if (request.method !== 'GET' || isPage) return serveByYoga(request, response);
    // Yoga would answer what is not JSON with its stack.
    const params = readSearchParams(new URL(request.url ?? '', 'http://host').searchParams);
    if (typeof params === 'string') return refuse(response, { code: 'BAD_REQUEST', message: params }, { status: 400 });
    return stream(request, response, params);
  };
}

/** A POST whose body is read. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  context: GraphqlContext;
  /** The type of the answer. */
  type: string;
}

/** Whether a browser opens the URL as a page, without a query. */
function isPageVisit({ method, url = '', headers }: IncomingMessage): boolean {
  return method === 'GET' && !/[?&]query=/.test(url) && /\btext\/html\b/.test(headers.accept ?? '');
}
