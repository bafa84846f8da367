import { expect, test } from 'vitest';
import type { Phonegate, Storage } from '@phonegate/client';
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
