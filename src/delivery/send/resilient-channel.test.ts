import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLog } from '../../log.js';
import {
  type Channel,
  type Message,
  type SendFailure,
  type SendResult,
  failed,
  mayHaveBeenSent,
} from '../channels/channel.js';
import { makeResilient } from './resilient-channel.js';

const MESSAGE: Message = {
  deliveryId: '0198a1de-0000-7000-8000-000000000001',
  attemptId: '0198a1de-0000-7000-8000-000000000002',
  phone: '+77010000002',
  code: '482913',
  text: 'Your code: 482913',
  providerTemplate: undefined,
};
const ACCEPTED: SendResult = { outcome: 'accepted', providerId: '3EB0C767D097B7C7C030' };
const AWAY = failed('channel_down', 'HTTP 500');
const REFUSED = failed('authentication', 'HTTP 401');
const TRY_AGAIN = failed('rate_limited', 'HTTP 429', { retry: true });
/** Long enough for every retry: about half a second, then up to one and a half, twice. */
const PLENTY_MS = 10_000;
const PAUSES = { accountMs: 60, serviceMs: 60 };

type Answer = SendResult | ((signal: AbortSignal) => Promise<SendResult>);

/** A channel that returns these answers in order, and then repeats the last one. */
function start(answers: Answer[], pauses = PAUSES) {
  const log: { event: string }[] = [];
  const asked: { at: number; signal: AbortSignal }[] = [];
  const channel: Channel = {
    name: 'green-api',
    serves: () => true,
    carriesNotifications: true,
    hasReceipts: true,
    isIdempotent: false,
    async send(_, signal) {
      asked.push({ at: performance.now(), signal });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === undefined) throw new Error('There is no answer');
      return typeof answer === 'function' ? answer(signal) : answer;
    },
  };
  const resilient = makeResilient(channel, {
    log: createLog('info', { write: (line: string) => void log.push(JSON.parse(line) as { event: string }) }),
    pauses,
  });
  return {
    asked,
    answers,
    log,
    events: () => log.map(({ event }) => event),
    health: () => resilient.health(),
    send: (withinMs = PLENTY_MS) => resilient.send(MESSAGE, withinMs),
    sendLastWay: (withinMs = PLENTY_MS) => resilient.send(MESSAGE, withinMs, { isLastWay: true }),
    refusal: resilient.refusal,
  };
}

// Time passes only when a test says so.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** The result after this many milliseconds. Fails when there is none by then. */
async function after<T>(ms: number, result: Promise<T>): Promise<T> {
  const ended = result.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await pass(ms);
  const end = await Promise.race([ended, Promise.resolve()]);
  if (end === undefined) throw new Error(`Nothing has come within ${ms} ms`);
  if ('error' in end) throw end.error;
  return end.value;
}

/** A provider that hangs until the signal aborts the call. */
const hang = (signal: AbortSignal) =>
  new Promise<SendResult>((resolve) => {
    signal.addEventListener('abort', () => resolve(failed('timeout', 'no answer')), { once: true });
  });
const never = () => new Promise<SendResult>(() => {});
/** Answers after this many milliseconds, and ignores the signal. */
const late = (ms: number, result: SendResult) => () =>
  new Promise<SendResult>((resolve) => setTimeout(() => resolve(result), ms));

describe('a failure of the account opens the breaker at once', () => {
  test.each<SendFailure>(['authentication', 'insufficient_credit', 'account_restricted'])('%s', async (failure) => {
    const { send, asked, health, log } = start([failed(failure, 'x'), ACCEPTED]);
    expect(await send()).toEqual(failed(failure, 'x'));
    expect(health().breaker).toBe('open');
    expect(await send()).toMatchObject({ outcome: 'failed', failure: 'channel_down', retry: false });
    expect(asked).toHaveLength(1);
    expect(log).toEqual([
      expect.objectContaining({ level: 'error', event: 'channel.down', channel: 'green-api', reason: 'account' }),
    ]);
  });
});

describe('five failures of the service in a row open the breaker', () => {
  test.each<SendFailure>(['channel_down', 'timeout', 'unknown'])('%s', async (failure) => {
    const { send, asked, health, log } = start([failed(failure, 'x')]);
    for (let time = 1; time <= 5; time += 1) {
      expect(health().breaker).toBe('closed');
      expect(await send()).toEqual(failed(failure, 'x'));
    }
    expect(health().breaker).toBe('open');
    expect(await send()).toMatchObject({ failure: 'channel_down', detail: 'not tried: it was down a moment ago' });
    expect(asked).toHaveLength(5);
    expect(log).toEqual([expect.objectContaining({ event: 'channel.down', reason: 'service' })]);
  });

  test('unless one message in between was accepted', async () => {
    const { send, asked, health } = start([AWAY, AWAY, AWAY, AWAY, ACCEPTED, AWAY, AWAY, AWAY, AWAY, ACCEPTED]);
    for (let time = 1; time <= 10; time += 1) await send();
    expect(asked).toHaveLength(10);
    expect(health().breaker).toBe('closed');
  });

  test('also when they come at once, and log channel.down once', async () => {
    const { send, asked, events } = start([late(10, AWAY)]);
    const results = await after(10, Promise.all(Array.from({ length: 8 }, () => send())));
    expect(results).toEqual(results.map(() => AWAY));
    expect(asked).toHaveLength(8);
    expect(await send()).toMatchObject({ detail: 'not tried: it was down a moment ago' });
    expect(asked).toHaveLength(8);
    expect(events()).toEqual(['channel.down']);
  });
});

describe('a failure of one message does not open the breaker', () => {
  test.each<SendFailure>(['invalid_number', 'not_on_channel', 'country_refused', 'rate_limited'])(
    '%s',
    async (failure) => {
      const { send, asked, health } = start([failed(failure, 'x')]);
      for (let time = 1; time <= 7; time += 1) expect(await send()).toEqual(failed(failure, 'x'));
      expect(asked).toHaveLength(7);
      expect(health()).toMatchObject({ breaker: 'closed', lastFailure: failure });
    },
  );
});

describe('after the pause of a breaker', () => {
  test.each([
    ['account', [REFUSED], { accountMs: 60, serviceMs: 10_000 }],
    ['service', [AWAY, AWAY, AWAY, AWAY, AWAY], { accountMs: 10_000, serviceMs: 60 }],
  ] as const)('of the %s, one message probes the channel and closes it', async (reason, failures, pauses) => {
    const { send, asked, health, log } = start([...failures, ACCEPTED], pauses);
    for (const _ of failures) await send();
    await pass(59);
    await send();
    expect(asked).toHaveLength(failures.length); // still too early
    await pass(1);
    expect(await send()).toEqual(ACCEPTED);
    expect(health().breaker).toBe('closed');
    expect(await send()).toEqual(ACCEPTED);
    expect(log.map(({ event }) => event)).toEqual(['channel.down', 'channel.up']);
    expect(log).toEqual([expect.objectContaining({ reason }), expect.objectContaining({ level: 'info', reason })]);
  });

  test('a probe that fails opens it for the same time again', async () => {
    const { send, asked, health } = start([REFUSED]);
    await send();
    await pass(60);
    expect(await send()).toEqual(REFUSED);
    expect(health().breaker).toBe('open');
    await send();
    expect(asked).toHaveLength(2);
  });

  test('other messages wait for the probe, and are sent when it succeeds', async () => {
    const { send, asked, health } = start([REFUSED, late(50, ACCEPTED), ACCEPTED]);
    await send();
    await pass(60);
    const all = Promise.all([send(), send(), send()]);
    await pass(20);
    expect(health().breaker).toBe('half-open');
    expect(asked).toHaveLength(2);
    expect(await after(30, all)).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
    expect(asked).toHaveLength(4);
  });

  test('other messages wait for the probe, and are not sent when it fails', async () => {
    const { send, asked } = start([REFUSED, late(30, REFUSED)]);
    await send();
    await pass(60);
    const [first, ...others] = await after(30, Promise.all([send(), send(), send()]));
    expect(first).toEqual(REFUSED);
    expect(others).toEqual(others.map(() => expect.objectContaining({ failure: 'channel_down' }) as unknown));
    expect(asked).toHaveLength(2);
  });

  // The caller has gone on to the next channel, so a code now would be a second message.
  test('a message that times out while it waits for the probe is not sent afterwards', async () => {
    const { send, asked, health } = start([REFUSED, late(100, ACCEPTED), ACCEPTED]);
    await send();
    await pass(60);
    const looking = send();
    const waiting = await after(40, Promise.all(Array.from({ length: 6 }, () => send(40))));
    expect(waiting).toEqual(waiting.map(() => expect.objectContaining({ failure: 'timeout' }) as unknown));
    expect(await after(60, looking)).toEqual(ACCEPTED);
    await pass(20);
    expect(asked).toHaveLength(2);
    expect(health().breaker).toBe('closed');
  });
});

describe('the last way to a phone', () => {
  const LONG = { accountMs: 60_000, serviceMs: 60_000 };

  test('is tried while the breaker of the service is open, and a decoy looks the same', async () => {
    const { send, sendLastWay, refusal, asked, health } = start([AWAY, AWAY, AWAY, AWAY, AWAY, ACCEPTED], LONG);
    for (let time = 1; time <= 5; time += 1) await send();
    expect(health().breaker).toBe('open');
    expect(await send()).toMatchObject({ failure: 'channel_down' });
    expect(await refusal()).toMatchObject({ failure: 'channel_down' });
    expect(await sendLastWay()).toEqual(ACCEPTED);
    expect(await refusal({ isLastWay: true })).toBeUndefined();
    expect(asked).toHaveLength(6);
  });

  test('is tried by five messages at a time, and the others were surely not sent when their time ends', async () => {
    const { send, sendLastWay, asked } = start([AWAY, AWAY, AWAY, AWAY, AWAY, hang], LONG);
    for (let time = 1; time <= 5; time += 1) await send();
    const times = [100, 100, 100, 100, 100, 60, 60, 60];
    const results = await after(100, Promise.all(times.map((ms) => sendLastWay(ms))));
    expect(asked).toHaveLength(10);
    expect(results.map((result) => result.outcome === 'failed' && mayHaveBeenSent(result))).toEqual([
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 3 }, () => false),
    ]);
  });

  test('is not tried while the provider refuses the account', async () => {
    const { send, sendLastWay, refusal, asked } = start([REFUSED, ACCEPTED], LONG);
    await send();
    expect(await sendLastWay()).toMatchObject({ failure: 'channel_down' });
    expect(await refusal({ isLastWay: true })).toMatchObject({ failure: 'channel_down' });
    expect(asked).toHaveLength(1);
  });
});

describe('a message is retried', () => {
  test('if nothing was sent, within 1.5 seconds', async () => {
    const { send, asked } = start([TRY_AGAIN, ACCEPTED]);
    expect(await after(1_500, send())).toEqual(ACCEPTED);
    expect(asked).toHaveLength(2);
  });

  test('at most three times', async () => {
    const { send, asked } = start([TRY_AGAIN]);
    expect(await after(PLENTY_MS, send())).toEqual(TRY_AGAIN);
    expect(asked).toHaveLength(4);
    const waits = asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_501); // timers are whole milliseconds
  });

  test.each([AWAY, REFUSED, failed('timeout', 'no answer'), failed('invalid_number', '411'), failed('unknown', '402')])(
    'never where it may have been sent or would be refused again: %j',
    async (result) => {
      const { send, asked } = start([result, ACCEPTED]);
      expect(await send()).toEqual(result);
      await pass(PLENTY_MS);
      expect(asked).toHaveLength(1);
    },
  );

  test('not when the breaker has opened meanwhile', async () => {
    const away = failed('channel_down', 'HTTP 502', { retry: true });
    const { send, asked } = start([away], { accountMs: 60_000, serviceMs: 60_000 });
    // The provider's answer counts, not the fact that no further try was made.
    expect(await after(PLENTY_MS, Promise.all([send(), send()]))).toEqual([away, away]);
    expect(asked).toHaveLength(5);
  });
});

describe('sending ends within the time limit', () => {
  test.each<[string, Answer]>([
    ['a provider that hangs', hang],
    ['a channel that ignores the signal', never],
  ])('with %s', async (_, answer) => {
    const { send, asked } = start([answer]);
    expect(await after(60, send(60))).toMatchObject({ outcome: 'failed', failure: 'timeout', retry: false });
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  test('during the pause before a retry: the last answer counts, and nothing is sent afterwards', async () => {
    const { send, asked } = start([TRY_AGAIN]);
    expect(await after(300, send(300))).toEqual(TRY_AGAIN);
    const before = asked.length;
    await pass(PLENTY_MS);
    expect(asked).toHaveLength(before);
  });

  // The retry is on its way to the provider, so the first answer (nothing was sent) does not apply to it.
  test('when a retry hangs: the failure is a timeout, and not the answer to the first try', async () => {
    const { send, asked } = start([TRY_AGAIN, never]);
    expect(await after(5_000, send(5_000))).toMatchObject({ failure: 'timeout', retry: false });
    expect(asked).toHaveLength(2);
  });

  test('of each of several messages at once', async () => {
    const { send } = start([hang]);
    const ended: number[] = [];
    const all = Promise.all([40, 80, 120].map((ms) => send(ms).then(() => ended.push(ms))));
    await pass(79);
    expect(ended).toEqual([40]);
    await pass(1);
    expect(ended).toEqual([40, 80]);
    await after(40, all);
  });

  test('five messages that hang at once open the breaker, and none of them is retried', async () => {
    const { send, asked, health } = start([hang]);
    await after(30, Promise.all(Array.from({ length: 5 }, () => send(30))));
    expect(health().breaker).toBe('open');
    await send(30);
    expect(asked).toHaveLength(5);
  });
});

describe('sending never throws', () => {
  test.each<[string, Answer]>([
    ['rejects', () => Promise.reject(new Error('https://provider.example/secret-key'))],
    [
      'throws',
      () => {
        throw new Error('https://provider.example/secret-key');
      },
    ],
  ])('also when the channel %s', async (_, answer) => {
    const { send, log } = start([answer]);
    const result = await send();
    expect(result).toMatchObject({ outcome: 'failed', failure: 'unknown', retry: false });
    expect(JSON.stringify([result, log])).not.toContain('secret-key');
  });
});

describe('the health of a channel', () => {
  test('starts empty, and holds the last success and the last failure', async () => {
    const { send, health } = start([ACCEPTED, failed('template_rejected', '424'), REFUSED]);
    expect(health()).toEqual({
      breaker: 'closed',
      lastSuccessAt: undefined,
      lastFailureAt: undefined,
      lastFailure: undefined,
    });
    await send();
    expect(health()).toMatchObject({ lastSuccessAt: expect.any(Date) as Date, lastFailureAt: undefined });
    await send();
    expect(health()).toMatchObject({ breaker: 'closed', lastFailure: 'template_rejected' });
    await send();
    expect(health()).toMatchObject({ breaker: 'open', lastFailure: 'authentication' });
    const before = health().lastFailureAt;
    await pass(5);
    await send(); // was not tried
    expect(health()).toMatchObject({ lastFailure: 'authentication', lastFailureAt: before });
  });

  test('shows a timeout', async () => {
    const { send, health } = start([hang]);
    await after(20, send(20));
    expect(health()).toMatchObject({ lastFailure: 'timeout', lastFailureAt: expect.any(Date) as Date });
  });

  test('is a copy that later messages do not change', async () => {
    const { send, health } = start([ACCEPTED]);
    const before = health();
    await send();
    expect(before.lastSuccessAt).toBeUndefined();
  });
});

test('the properties of the channel are unchanged', () => {
  const channel: Channel = {
    name: 'kavenegar-sms',
    serves: (country) => country === 'IR',
    carriesNotifications: true,
    hasReceipts: true,
    isIdempotent: true,
    send: async () => ACCEPTED,
    receiptsOf: async () => new Map(),
  };
  const { send: _, health: __, refusal: ____, ...rest } = makeResilient(channel, { log: createLog('silent') });
  const { send: ___, ...own } = channel;
  expect(rest).toEqual(own);
});
