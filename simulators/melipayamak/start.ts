import type { IncomingMessage, ServerResponse } from 'node:http';
import { createClock } from '../clock.js';
import { answerOf, readFixture } from '../read-fixture.js';
import { applyFault, serve } from '../serve.js';
import { callConsole, consoleVerb } from './console.js';
import { readBody } from './read-body.js';
import { callRest, isRestMethod } from './rest.js';
import type { Context, MelipayamakOptions, MelipayamakSimulator } from './simulator.js';

/**
 * Starts the part of Melipayamak that a gateway calls, on a port of 127.0.0.1: the REST API and the console API, which
 * have separate hosts in reality.
 */
export async function startMelipayamakSimulator(options: MelipayamakOptions = {}): Promise<MelipayamakSimulator> {
  const clock = options.clock ?? createClock(options.speed);
  const replays: ReturnType<typeof answerOf>[] = [];
  const served = await serve(handle, options.port);
  const simulator: MelipayamakSimulator = {
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
    statusesByPhone: new Map(),
    defaultStatuses: [0, 8, 1],
    statusDelayMs: 1_000,
    trap: false,
    night: false,
    refusal: undefined,
    fault: undefined,
    faults: new Map(),
    sentTo: (e164) => simulator.messages.filter(({ to }) => to === e164).map(({ text }) => text),
    replay: (fixtureName) => void replays.push(answerOf(readFixture('melipayamak', fixtureName))),
    close() {
      clock.stop();
      return served.close();
    },
  };
  const context: Context = { simulator, clock, onMessage: options.onMessage ?? (() => {}) };
  return simulator;

  async function handle(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const call = readCall(request.url ?? '');
    if (!call) return void response.writeHead(404).end();
    if (request.method !== call.verb) return void response.writeHead(405, { allow: call.verb }).end();

    const { method, token } = call;
    const fields = readBody(request.headers['content-type'], body);
    simulator.calls.push({ method, body: fields });
    if (await applyFault(simulator.faults.get(method) ?? simulator.fault, response)) return;
    const replayed = replays.shift();
    if (replayed) return void response.writeHead(replayed.status, replayed.headers).end(replayed.body);

    const answer =
      token === undefined
        ? { status: 200, contentType: 'application/json; charset=utf-8', body: callRest(method, fields, context) }
        : callConsole({ method, token, body: fields }, context);
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
  }
}

/** Reads the method from the path. Only a path of the console has a token. */
function readCall(path: string): { method: string; verb: 'GET' | 'POST'; token?: string } | undefined {
  const [, rest = ''] = /^\/api\/SendSMS\/(\w+)$/.exec(path) ?? [];
  if (isRestMethod(rest)) return { method: rest, verb: 'POST' };
  const [, method = '', token = ''] = /^\/api\/(\w+\/\w+)\/([^/?]+)$/.exec(path) ?? [];
  const verb = consoleVerb(method);
  return verb && { method, verb, token };
}
