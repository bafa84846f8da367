import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerOf, readFixture } from '../fixture.js';
import { type Fault, serve, suffer } from '../serve.js';
import { type Answer, readJsonObject, reply } from './answer.js';
import { createInstance } from './create-instance.js';
import { answerDeveloper } from './dev-door.js';
import { emit } from './events.js';
import type { FakeGreenApi, GreenApiCall, GreenApiOptions } from './fake-green-api.js';
import { invoke } from './invoke.js';
import type { Method } from './method.js';
import { createRateLimits } from './rate-limits.js';
import { receiveMessage } from './receive-message.js';
import { readPath } from './request.js';
import { setState } from './state.js';

const TOO_MANY: Answer = { status: 429, body: { message: 'Too Many Requests' } };

/** A Green API instance on a real port, with everybody's phones behind it. */
export async function startGreenApi(options: GreenApiOptions = {}): Promise<FakeGreenApi> {
  const { token = 'invented_token_of_the_instance', port = 0, limits = {}, quotas = {}, ...others } = options;
  const { instance, sender } = createInstance({ ...others, quotas });
  const { idInstance } = instance;
  const take = createRateLimits(instance.clock, limits);
  const calls: GreenApiCall[] = [];
  const replays: ReturnType<typeof answerOf>[] = [];

  async function act(request: IncomingMessage, text: string, response: ServerResponse): Promise<void> {
    const told = answerDeveloper(instance, request, text);
    if (told) return reply(response, told);
    const path = readPath(request, { idInstance, token });
    if ('status' in path) return reply(response, path);
    calls.push(callOf(path.method, text, response));

    const replayed = replays.shift();
    if (replayed) return void response.writeHead(replayed.status, replayed.headers).end(replayed.body);
    if (await suffer(fake.faults.get(path.method) ?? fake.fault, response)) return;
    const { allowed, headers } = take(path.method);
    const answer = allowed ? await invoke(instance, path.method, path, text) : TOO_MANY;
    reply(response, { ...answer, headers: { ...headers, ...answer.headers } });
  }

  const { url, close } = await serve(act, port);
  const fake: FakeGreenApi = Object.assign(instance, {
    url,
    token,
    calls,
    quotas,
    fault: undefined,
    faults: new Map<Method, Fault>(),
    webhook: sender.report,
    setState: (state: FakeGreenApi['state']) => setState(instance, state),
    emit: (body: unknown) => emit(instance, body),
    receiveMessage: (incoming: Parameters<FakeGreenApi['receiveMessage']>[0]) => receiveMessage(instance, incoming),
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
  return fake;
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
