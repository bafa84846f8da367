import { describe, expect, test } from 'vitest';
import { type LoginAttempt, type Phonegate, PhonegateError, type Storage } from '@phonegate/client';
import { createLoginFlow } from './flow.js';

const code = {
  attemptId: 'stored',
  secret: 'secret',
  phone: '8 701 000 00 02',
  maskedPhone: '+7701*****02',
  channel: 'CONSOLE',
  channels: ['CONSOLE'],
  expiresAt: Number.MAX_SAFE_INTEGER,
  resendAt: 0,
  codeLength: 6,
};

/** A client that reaches no gateway, and reports no change. */
const client = {
  url: 'https://login.example.com',
  now: () => 0,
  session: { current: () => undefined, subscribe: () => () => {} },
  watchLogin: async function* () {},
} as unknown as Phonegate;

const stored = JSON.stringify({ step: 'code', phone: code.phone, code });
const storage = (getItem: () => unknown): Storage => ({
  getItem: getItem as () => string,
  setItem: () => {},
  removeItem: () => {},
});

test('a form reads nothing before it runs', () => {
  const flow = createLoginFlow({ client, storage: storage(() => expect.unreachable()) });
  expect(flow.state()).toMatchObject({ ready: false, step: 'phone', code: undefined });
});

test('a form is ready at once with what a storage answers at once', () => {
  const flow = createLoginFlow({ client, storage: storage(() => stored) });
  const stop = flow.run();
  expect(flow.state()).toMatchObject({ ready: true, step: 'code', phone: code.phone, code: { attemptId: 'stored' } });
  stop();
});

test('a form is ready when an asynchronous storage has answered', async () => {
  const flow = createLoginFlow({ client, storage: storage(async () => stored) });
  const stop = flow.run();
  expect(flow.state().ready).toBe(false);
  await new Promise(setImmediate);
  expect(flow.state()).toMatchObject({ ready: true, step: 'code' });
  stop();
});

test('a form that has stopped takes no late answer of its storage', async () => {
  const flow = createLoginFlow({ client, storage: storage(async () => stored) });
  flow.run()();
  await new Promise(setImmediate);
  expect(flow.state()).toMatchObject({ ready: false, step: 'phone' });
});

test('a number that was typed before the form ran is kept', () => {
  const flow = createLoginFlow({ client, storage: storage(() => stored) });
  flow.setPhone('+7701');
  const stop = flow.run();
  expect(flow.state()).toMatchObject({ phone: '+7701', code: { attemptId: 'stored' } });
  stop();
});

test('an attempt that is over is removed with its number, but not a number that was typed since', () => {
  const over = JSON.stringify({ step: 'code', phone: code.phone, code: { ...code, expiresAt: -1 } });
  const run = (typed: string) => {
    const flow = createLoginFlow({ client, storage: storage(() => over) });
    if (typed) flow.setPhone(typed);
    flow.run()();
    return flow.state();
  };
  expect(run('')).toMatchObject({ step: 'phone', phone: '', code: undefined });
  expect(run('+996')).toMatchObject({ step: 'phone', phone: '+996', code: undefined });
});

describe('an attempt with a code that is CLAIMED, because the answer was lost,', () => {
  /** A client whose first answers to verifyOtp are lost. The watch then reports that the attempt is CLAIMED. */
  function lossyClient(lost: number) {
    const calls: string[] = [];
    let keep: (session: object) => void = () => {};
    const subscribe = (listener: (session: object) => void) => {
      keep = listener;
      return () => {};
    };
    let report = () => {};
    const reported = new Promise<Partial<LoginAttempt>>((resolve) => {
      report = () =>
        resolve({ id: code.attemptId, method: 'OTP', status: 'CLAIMED', expiresAt: '2100-01-01T00:00:00Z' });
    });
    const verifyOtp = async ({ code: typed }: { code: string }) => {
      calls.push(`verifyOtp ${typed}`);
      report();
      if (calls.length <= lost) throw new PhonegateError('NETWORK', 'lost');
      keep({});
      return { __typename: 'Session' };
    };
    const claimLogin = async () => {
      calls.push('claimLogin');
      return { __typename: 'AttemptClosed', status: 'CLAIMED', code: 'ATTEMPT_CLOSED', message: '' };
    };
    const watchLogin = async function* () {
      yield await reported;
    };
    const session = { ...client.session, restore: async () => undefined, subscribe };
    return {
      calls,
      report: () => report(),
      client: { ...client, session, verifyOtp, claimLogin, watchLogin } as unknown as Phonegate,
    };
  }
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

  test('is claimed with the code that was typed, and not without it', async () => {
    const { calls, client: lossy } = lossyClient(1);
    const flow = createLoginFlow({ client: lossy, storage: storage(() => stored) });
    const stop = flow.run();
    await flow.submitCode('123456');
    await settled();
    expect(calls).toEqual(['verifyOtp 123456', 'verifyOtp 123456']);
    stop();
  });

  test('shows the field of the code after a reload, and the code signs in', async () => {
    const { calls, report, client: lossy } = lossyClient(0);
    const flow = createLoginFlow({ client: lossy, storage: storage(() => stored) });
    const stop = flow.run();
    report();
    await settled();
    expect(calls).toEqual(['claimLogin']);
    expect(flow.state()).toMatchObject({ step: 'code', problem: undefined });
    await flow.submitCode('123456');
    expect(calls).toEqual(['claimLogin', 'verifyOtp 123456']);
    stop();
  });
});
