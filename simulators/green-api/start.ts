import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerOf, readFixture } from '../read-fixture.js';
import { type Fault, serve, applyFault } from '../serve.js';
import { type Answer, readJsonObject, reply } from './response.js';
import { createInstance } from './create-instance.js';
import { handleControlRequest } from './control-routes.js';
import { emit } from './events.js';
import type { GreenApiSimulator, GreenApiCall, GreenApiOptions } from './simulator.js';
import { callMethod } from './call-method.js';
import type { Method } from './method-table.js';
import { createRateLimits } from './rate-limits.js';
import { receiveMessage } from './receive-message.js';
import { readPath } from './read-path.js';
import { setState } from './state.js';

const TOO_MANY: Answer = { status: 429, body: { message: 'Too Many Requests' } };

/** Starts a Green API instance with simulated WhatsApp users, on a port of 127.0.0.1. */
export async function startGreenApiSimulator(options: GreenApiOptions = {}): Promise<GreenApiSimulator> {
  const { token = 'invented_token_of_the_instance', port = 0, limits = {}, quotas = {}, ...others } = options;
  const { instance, sender } = createInstance({ ...others, quotas });
  const { idInstance } = instance;
  const countCall = createRateLimits(instance.clock, limits);
  const calls: GreenApiCall[] = [];
  const replays: ReturnType<typeof answerOf>[] = [];

  async function handle(request: IncomingMessage, text: string, response: ServerResponse): Promise<void> {
    const controlAnswer = handleControlRequest(request, text, instance);
    if (controlAnswer) return reply(response, controlAnswer);
    const path = readPath(request, { idInstance, token });
    if ('status' in path) return reply(response, path);
    calls.push(callOf(path.method, text, response));

    const replayed = replays.shift();
    if (replayed) return void response.writeHead(replayed.status, replayed.headers).end(replayed.body);
    if (await applyFault(simulator.faults.get(path.method) ?? simulator.fault, response)) return;
    const { allowed, headers } = countCall(path.method);
    const answer = allowed ? await callMethod(path, text, instance) : TOO_MANY;
    reply(response, { ...answer, headers: { ...headers, ...answer.headers } });
  }

  const { url, close } = await serve(handle, port);
  const simulator: GreenApiSimulator = Object.assign(instance, {
    url,
    token,
    calls,
    quotas,
    fault: undefined,
    faults: new Map<Method, Fault>(),
    webhook: sender.report,
    setState: (state: GreenApiSimulator['state']) => setState(instance, state),
    emit: (body: unknown) => emit(instance, body),
    receiveMessage: (incoming: Parameters<GreenApiSimulator['receiveMessage']>[0]) =>
      receiveMessage(instance, incoming),
    replay: (fixtureName: string) => void replays.push(answerOf(readFixture('greenapi', fixtureName))),
    sentTo: (chatId: string) =>
      calls
        .filter(({ method, body }) => method === 'sendmessage' && body['chatId'] === chatId)
        .map(({ body }) => String(body['message'])),
    lookUpsOf: (lid: string) =>
      calls.filter(({ method, body }) => method === 'checkwhatsapp' && body['chatId'] === lid).length,
    close: () => {
      instance.clock.stop();
      sender.stop();
      return close();
    },
  });
  return simulator;
}

function callOf(method: Method, text: string, response: ServerResponse): GreenApiCall {
  return {
    method,
    body: readOrEmpty(text),
    get status() {
      return response.headersSent ? response.statusCode : undefined;
    },
  };
}

function readOrEmpty(text: string): Record<string, unknown> {
  try {
    return readJsonObject(text);
  } catch {
    return {};
  }
}
