import type { IncomingMessage, ServerResponse } from 'node:http';
import { createClock } from '../clock.js';
import { answerOf, readFixture } from '../read-fixture.js';
import { applyFault, serve } from '../serve.js';
import { callMethod, envelope } from './call-method.js';
import { createCallbacks } from './callbacks.js';
import { isMethod } from './method-table.js';
import { createRateLimit } from './rate-limit.js';
import { readCall } from './read-call.js';
import type { Context, KavenegarOptions, KavenegarSimulator } from './simulator.js';

/** Starts the part of Kavenegar that a gateway calls, on a port of 127.0.0.1. */
export async function startKavenegarSimulator(options: KavenegarOptions = {}): Promise<KavenegarSimulator> {
  const clock = options.clock ?? createClock(options.speed);
  const allowsCall = createRateLimit(clock);
  const replays: ReturnType<typeof answerOf>[] = [];
  const callbackAnswers: number[] = [];
  const callbacks = createCallbacks(callbackAnswers);
  const served = await serve(handle, options.port);
  const simulator: KavenegarSimulator = {
    ...newAccount(),
    url: served.url,
    apiKey: options.apiKey ?? 'InventedKeyOfKavenegar1',
    calls: [],
    messages: [],
    nextMessageId: 8_792_343n,
    statusesByPhone: new Map(),
    defaultStatuses: [4, 10],
    statusDelayMs: 1_000,
    limitPerSecond: options.limitPerSecond,
    callback: undefined,
    callbackAnswers,
    answersToLose: 0,
    fault: undefined,
    faults: new Map(),
    sentTo: (e164) => simulator.messages.filter(({ receptor, debug }) => receptor === e164 && !debug),
    replay: (fixtureName) => void replays.push(answerOf(readFixture('kavenegar', fixtureName))),
    close() {
      clock.stop();
      callbacks.stop();
      return served.close();
    },
  };
  const context: Context = {
    simulator,
    clock,
    onMessage: options.onMessage ?? (() => {}),
    onStatus: (message) => callbacks.send(simulator.callback, message),
  };
  return simulator;

  async function handle(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const read = readCall(request, body);
    if (!read) return reply(response, envelope(404, null));
    const { key, call } = read;
    simulator.calls.push(call);

    const replayed = replays.shift();
    if (replayed) return reply(response, replayed);
    const fault = isMethod(call.method) ? simulator.faults.get(call.method) : undefined;
    if (await applyFault(fault ?? simulator.fault, response)) return;

    const allowed = allowsCall(request.socket.remoteAddress ?? '', simulator.limitPerSecond);
    const answer = allowed ? callMethod(key, call, context) : envelope(451, null);
    if (simulator.answersToLose > 0) {
      simulator.answersToLose -= 1;
      response.destroy();
      return;
    }
    reply(response, answer);
  }
}

/** An account with credit, two lines and one template, which refuses nothing. */
function newAccount() {
  return {
    account: { remaincredit: 1_000_000, expiredate: 1_924_992_000, type: 'master' },
    config: {
      apilogs: 'justfaults',
      dailyreport: 'disabled',
      debugmode: 'disabled',
      defaultsender: '10004346',
      mincreditalarm: '50000',
      resendfailed: 'false',
    },
    templates: new Map([['myverification', { text: 'ممنون از ثبت نام شما کد تایید عضویت  : %token', approved: true }]]),
    tags: new Set(),
    advanced: true,
    lines: new Map([
      [10004346, { active: true, kind: 'service' }],
      [30004346, { active: true, kind: 'advertising' }],
    ]),
    links: true,
    allowed: true,
    addressMismatch: false,
    disabled: false,
    refusal: undefined,
    partPrice: 120,
    blockList: new Set(),
  } satisfies Partial<KavenegarSimulator>;
}

function reply(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers?: Record<string, string>; body: string },
): void {
  response.writeHead(status, headers ?? { 'content-type': 'application/json; charset=utf-8' }).end(body);
}
