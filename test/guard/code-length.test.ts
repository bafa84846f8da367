import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resendOtp, requestOtp, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { allowResend, insertGuessFailures, updateGuessFailures } from '../support/rows.js';
import { addressOf, ask, enter, ignoreSendBudgets, signInFrom } from './attackers.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  await ignoreSendBudgets(database);
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const IP = '203.0.113.20';

describe('a code has eight digits instead of six', () => {
  test('when six wrong codes were entered for the phone in this day', async () => {
    const phone = somePhone();
    await insertGuessFailures(database, phone, { dayFailures: 5, totalFailures: 5 });
    expect((await ask({ on: gateway, ip: IP }, phone)).codeLength).toBe(6);
    const attacked = somePhone();
    await insertGuessFailures(database, attacked, { dayFailures: 6, totalFailures: 6 });
    const attempt = await ask({ on: gateway, ip: IP }, attacked);
    expect(attempt.codeLength).toBe(8);
    expect(gateway.codeOf(attempt.attemptId)).toMatch(/^\d{8}$/);
    await updateGuessFailures(database, attacked, { dayStartedAt: '-25 hours' });
    expect((await ask({ on: gateway, ip: IP }, attacked)).codeLength).toBe(6);
  });

  test('when two other attempts could still guess ten times', async () => {
    const phone = somePhone();
    const lengths = [];
    for (let turn = 0; turn < 3; turn += 1)
      lengths.push((await ask({ on: gateway, ip: addressOf(turn) }, phone)).codeLength);
    expect(lengths).toEqual([6, 6, 8]);
  });

  test('of fifty concurrent requests at most two have six digits', async () => {
    const phone = somePhone();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask({ on: gateway, ip: addressOf(index) }, phone)),
    );
    const sent = answers.filter(({ __typename }) => __typename === 'OtpRequested');
    expect(sent.filter(({ codeLength }) => codeLength === 6).length).toBeLessThanOrEqual(2);
    expect(sent.length).toBeGreaterThan(0);
  });

  test('after 30 wrong codes in total, until 90 days have passed without one', async () => {
    const phone = somePhone();
    await insertGuessFailures(database, phone, { totalFailures: 30 });
    await updateGuessFailures(database, phone, { hourStartedAt: '-30 days', dayStartedAt: '-30 days' });
    expect((await ask({ on: gateway, ip: IP }, phone)).codeLength).toBe(8);
    const quiet = somePhone();
    await insertGuessFailures(database, quiet, { totalFailures: 29 });
    expect((await ask({ on: gateway, ip: IP }, quiet)).codeLength).toBe(6);
  });
});

describe('a code of eight digits', () => {
  test('is the same after a resend and a repeated request, and signs in', async () => {
    const phone = somePhone();
    await insertGuessFailures(database, phone, { dayFailures: 6 });
    const input = { phone, idempotencyKey: crypto.randomUUID() };
    const attempt = await requestOtp(gateway.graphqlUrl, input);
    const code = gateway.codeOf(attempt.attemptId);
    expect(code).toMatch(/^\d{8}$/);
    expect(await requestOtp(gateway.graphqlUrl, input)).toMatchObject({ attemptId: attempt.attemptId, codeLength: 8 });
    await allowResend(database, attempt.attemptId);
    expect((await resendOtp(gateway.graphqlUrl, attempt)).codeLength).toBe(8);
    expect(gateway.codeOf(attempt.attemptId)).toBe(code);
    expect((await enter({ on: gateway, ip: IP }, attempt, code)).__typename).toBe('Session');
  });

  test('is not asked on a known device, whose own wrong codes count', async () => {
    const phone = somePhone();
    const { deviceToken } = await signInFrom({ on: gateway, ip: IP }, phone);
    await insertGuessFailures(database, phone, { dayFailures: 29, totalFailures: 99 });
    const attempt = await ask({ on: gateway, ip: IP, deviceToken: String(deviceToken) }, phone);
    expect(attempt.codeLength).toBe(6);
    for (let tries = 0; tries < 5; tries += 1) await enter({ on: gateway, ip: IP }, attempt);
    expect((await ask({ on: gateway, ip: IP, deviceToken: String(deviceToken) }, phone)).codeLength).toBe(6);
    expect((await ask({ on: gateway, ip: IP, deviceToken: String(deviceToken) }, phone)).codeLength).toBe(8);
  });
});
