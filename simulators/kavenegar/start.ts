import type { IncomingMessage, ServerResponse } from 'node:http';
import { createClock } from '../clock.js';
import { answerOf, readFixture } from '../fixture.js';
import { serve, suffer } from '../serve.js';
import { createCallbacks } from './callbacks.js';
import type { Desk, FakeKavenegar, KavenegarOptions } from './fake-kavenegar.js';
import { envelope, invoke } from './invoke.js';
import { type Limiter, createLimiter } from './limiter.js';
import { isMethod } from './method.js';
import { readCall } from './read-call.js';

type Replays = ReturnType<typeof answerOf>[];

/** Kavenegar as far as a gateway calls it, on a real port. */
export async function startKavenegar(options: KavenegarOptions = {}): Promise<FakeKavenegar> {
  const clock = createClock(options.speed);
  const limiter = createLimiter(clock);
  const replays: Replays = [];
  const callbackAnswers: number[] = [];
  const callbacks = createCallbacks(callbackAnswers);
  const served = await serve(
    (request, body, response) => attend(desk, limiter, replays, request, body, response),
    options.port,
  );
  const fake: FakeKavenegar = {
    url: served.url,
    apiKey: options.apiKey ?? 'InventedKeyOfKavenegar1',
    calls: [],
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
    messages: [],
    nextMessageId: 8_792_343n,
    fates: new Map(),
    defaultFate: [4, 10],
    blockList: new Set(),
    statusDelayMs: 1_000,
    limitPerSecond: options.limitPerSecond,
    callback: undefined,
    callbackAnswers,
    answersToLose: 0,
    fault: undefined,
    faults: new Map(),
    sentTo: (e164) => fake.messages.filter(({ receptor, debug }) => receptor === e164 && !debug),
    replay: (fixtureName) => void replays.push(answerOf(readFixture('kavenegar', fixtureName))),
    close() {
      clock.stop();
      callbacks.stop();
      return served.close();
    },
  };
  const desk: Desk = {
    fake,
    clock,
    announce: options.onMessage ?? (() => {}),
    tell: (message) => callbacks.tell(fake.callback, message),
  };
  return fake;
}

async function attend(
  desk: Desk,
  limiter: Limiter,
  replays: Replays,
  request: IncomingMessage,
  text: string,
  response: ServerResponse,
): Promise<void> {
  const { fake } = desk;
  const found = readCall(request, text);
  if (!found) return reply(response, envelope(404, null));
  const { key, call } = found;
  fake.calls.push(call);

  const replay = replays.shift();
  if (replay) return reply(response, replay);
  const fault = isMethod(call.method) ? fake.faults.get(call.method) : undefined;
  if (await suffer(fault ?? fake.fault, response)) return;

  const admitted = limiter.admits(request.socket.remoteAddress ?? '', fake.limitPerSecond);
  const answer = admitted ? invoke(desk, key, call) : envelope(451, null);
  if (fake.answersToLose > 0) {
    fake.answersToLose -= 1;
    response.destroy();
    return;
  }
  reply(response, answer);
}

function reply(
  response: ServerResponse,
  { status, headers, body }: { status: number; headers?: Record<string, string>; body: string },
): void {
  response.writeHead(status, headers ?? { 'content-type': 'application/json; charset=utf-8' }).end(body);
}
