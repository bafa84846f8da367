import type { IncomingMessage, ServerResponse } from 'node:http';
import { createClock } from './clock.js';
import { answerOf, readFixture } from './fixture.js';
import { answerConsole, consoleVerb } from './melipayamak/console.js';
import type { Desk, FakeMelipayamak, MelipayamakOptions } from './melipayamak/fake-melipayamak.js';
import { readBody } from './melipayamak/read-body.js';
import { answerRest, isRestMethod } from './melipayamak/rest.js';
import { serve, suffer } from './serve.js';

export type { FakeMelipayamak, MelipayamakMessage, MelipayamakOptions } from './melipayamak/fake-melipayamak.js';

/** Melipayamak as far as a gateway calls it: the REST interface and the console, of which each has its own host there. */
export async function startMelipayamak(options: MelipayamakOptions = {}): Promise<FakeMelipayamak> {
  const clock = createClock(options.speed);
  const replays: ReturnType<typeof answerOf>[] = [];
  const served = await serve((request, body, response) => attend(desk, replays, request, body, response), options.port);
  const fake: FakeMelipayamak = {
    url: served.url,
    username: options.username ?? '9120000004',
    password: options.password ?? 'invented-panel-password',
    apiKey: '00000000-0000-0000-0000-000000000000',
    consoleToken: options.consoleToken ?? 'invented0console0token',
    calls: [],
    credit: 37_414.5,
    flags: {},
    lines: new Map([
      ['50004000000001', 'advertising'],
      ['10009000000001', 'service'],
    ]),
    patterns: new Map([[524, { approved: true, text: 'کد ورود: {0}' }]]),
    filteredWords: new Set(),
    messages: [],
    inbox: [],
    fates: new Map(),
    defaultFate: [0, 8, 1],
    statusDelayMs: 1_000,
    trap: false,
    night: false,
    refusal: undefined,
    fault: undefined,
    faults: new Map(),
    sentTo: (e164) => fake.messages.filter(({ to }) => to === e164).map(({ text }) => text),
    replay: (fixtureName) => void replays.push(answerOf(readFixture('melipayamak', fixtureName))),
    close() {
      clock.stop();
      return served.close();
    },
  };
  const desk: Desk = { fake, clock, onMessage: options.onMessage ?? (() => {}) };
  return fake;
}

async function attend(
  desk: Desk,
  replays: ReturnType<typeof answerOf>[],
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const { fake } = desk;
  const call = callIn(request.url ?? '');
  if (!call) return void response.writeHead(404).end();
  if (request.method !== call.verb) return void response.writeHead(405, { allow: call.verb }).end();

  const fields = readBody(request.headers['content-type'], body);
  fake.calls.push({ method: call.method, body: fields });
  if (await suffer(fake.faults.get(call.method) ?? fake.fault, response)) return;
  const replay = replays.shift();
  if (replay) return void response.writeHead(replay.status, replay.headers).end(replay.body);

  const said =
    call.token === undefined
      ? { status: 200, contentType: 'application/json; charset=utf-8', body: answerRest(desk, call.method, fields) }
      : answerConsole(desk, call.method, call.token, fields);
  response.writeHead(said.status, { 'content-type': said.contentType }).end(said.body);
}

/** Only the console has a token in its path. */
function callIn(path: string): { method: string; verb: 'GET' | 'POST'; token?: string } | undefined {
  const [, rest = ''] = /^\/api\/SendSMS\/(\w+)$/.exec(path) ?? [];
  if (isRestMethod(rest)) return { method: rest, verb: 'POST' };
  const [, method = '', token = ''] = /^\/api\/(\w+\/\w+)\/([^/?]+)$/.exec(path) ?? [];
  const verb = consoleVerb(method);
  return verb && { method, verb, token };
}
