import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { solveCaptcha } from '@phonegate/client/captcha';
import {
  NETWORK_FAILURES_EASE,
  NETWORK_FAILURES_PER_HOUR,
  STARTS_EASE,
  STARTS_PER_NETWORK,
  STRANGER_FAILURES_EASE,
  STRANGER_FAILURES_FROM_NETWORK,
  UNVERIFIED_PER_NETWORK,
} from '../../src/guard/limits.js';
import { type Result, call, requestOtp, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertGuessFailures, insertSendBudget } from '../support/rows.js';
import { addressOf, ask, enter, signInFrom } from './attackers.js';

/** The network of a test. Right codes of an earlier one are counted a second later. */
let nat: string;
let tests = 0;

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1', CAPTCHA: 'altcha' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});
beforeEach(() => {
  nat = addressOf((tests += 1));
});

const headers = () => ({ 'x-forwarded-for': nat });
const solved = async (answer: Result) => (await solveCaptcha({ ...answer, siteKey: null })) ?? '';

async function verify({ attemptId, secret }: Result, code: string, captcha?: string): Promise<Result> {
  const { data } = await call<{ verifyOtp: Result }>(
    { url: gateway.graphqlUrl, headers: headers() },
    `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) {
      __typename ... on RateLimited { retryAfterSeconds } ... on CaptchaRequired { provider siteKey challenge } } }`,
    { input: { attemptId, secret, code, captcha } },
  );
  return data.verifyOtp;
}

describe('strangers who enter wrong codes for one phone in the network of its user', () => {
  const failed = (phone: string, failures: number) =>
    insertGuessFailures(database, `${phone} from ${nat}`, { hourFailures: failures, dayFailures: failures });
  const request = (phone: string, captcha?: string) => requestOtp(gateway.graphqlUrl, { phone, captcha }, headers());

  test('make the user on a new device need a captcha for a code, and no more', async () => {
    const phone = somePhone();
    await failed(phone, STRANGER_FAILURES_FROM_NETWORK.perHour);
    const required = await request(phone);
    expect(required.__typename).toBe('CaptchaRequired');
    const attempt = await request(phone, await solved(required));
    expect(attempt.__typename).toBe('OtpRequested');
    expect((await verify(attempt, gateway.codeOf(attempt.attemptId))).__typename).toBe('Session');
    expect((await request(somePhone())).__typename).toBe('OtpRequested');
  });

  test('are refused after several times as many, with a captcha too', async () => {
    const phone = somePhone();
    await failed(phone, STRANGER_FAILURES_EASE * STRANGER_FAILURES_FROM_NETWORK.perHour - 1);
    const captcha = await solved(await request(phone));
    await database.query('UPDATE guess_failures SET hour_failures = hour_failures + 1 WHERE subject = $1', [
      `${phone} from ${nat}`,
    ]);
    for (const refused of [await request(phone), await request(phone, captcha)]) {
      expect(refused.__typename).toBe('RateLimited');
      expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    }
  });
});

test('a network that has caused so many messages that a captcha does not help is refused without one', async () => {
  const { hour } = UNVERIFIED_PER_NETWORK.address;
  await insertSendBudget(database, nat, { hourSends: hour, daySends: hour });
  expect((await requestOtp(gateway.graphqlUrl, { phone: somePhone() }, headers())).__typename).toBe('CaptchaRequired');
  await database.query('UPDATE budgets SET hour_sends = 3 * hour_sends WHERE subject = $1', [nat]);
  expect((await requestOtp(gateway.graphqlUrl, { phone: somePhone() }, headers())).__typename).toBe('RateLimited');
});

describe('a stranger who enters wrong codes in the network of a user', () => {
  const failed = (failures: number) =>
    insertGuessFailures(database, nat, { hourFailures: failures, dayFailures: failures });
  let own: Result;
  beforeEach(async () => {
    own = await ask({ on: gateway, ip: nat }, somePhone());
  });

  test('makes the right code of the user need a captcha, and no more', async () => {
    await failed(NETWORK_FAILURES_PER_HOUR);
    const required = await verify(own, gateway.codeOf(own.attemptId));
    expect(required.__typename).toBe('CaptchaRequired');
    expect((await verify(own, gateway.codeOf(own.attemptId), await solved(required))).__typename).toBe('Session');
  });

  test('may enter one code for each captcha', async () => {
    await failed(NETWORK_FAILURES_PER_HOUR);
    const captcha = await solved(await verify(own, '000000'));
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(own, '000000', captcha)));
    expect(answers.filter(({ __typename }) => __typename === 'IncorrectCode')).toHaveLength(1);
    expect(answers.filter(({ __typename }) => __typename === 'CaptchaRequired')).toHaveLength(49);
  });

  test('is refused after several times as many, with a captcha too', async () => {
    await failed(NETWORK_FAILURES_EASE * NETWORK_FAILURES_PER_HOUR);
    const refused = await verify(own, gateway.codeOf(own.attemptId));
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
  });

  test('does not matter to a known device', async () => {
    const phone = somePhone();
    const { deviceToken } = await signInFrom({ on: gateway, ip: '203.0.113.20' }, phone);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone, deviceToken }, headers());
    await failed(NETWORK_FAILURES_EASE * NETWORK_FAILURES_PER_HOUR);
    const session = await enter({ on: gateway, ip: nat }, attempt, gateway.codeOf(attempt.attemptId));
    expect(session.__typename).toBe('Session');
  });
});

describe('a stranger who starts many logins by WhatsApp in the network of a user', () => {
  const started = (starts: number) =>
    insertSendBudget(database, `starts:${nat}`, { hourSends: starts, daySends: starts });
  const { hour } = STARTS_PER_NETWORK.address;

  test('makes the start of the user need a captcha, and no more', async () => {
    await started(hour);
    const required = await startWhatsAppLogin(gateway.graphqlUrl, {}, headers());
    expect(required.__typename).toBe('CaptchaRequired');
    const login = await startWhatsAppLogin(gateway.graphqlUrl, { captcha: await solved(required) }, headers());
    expect(login.__typename).toBe('WhatsAppLogin');
  });

  test('starts several times as many with captchas at most, and is then asked none, because it would not help', async () => {
    await started(STARTS_EASE * hour - 1);
    const captcha = await solved(await startWhatsAppLogin(gateway.graphqlUrl, {}, headers()));
    expect((await startWhatsAppLogin(gateway.graphqlUrl, { captcha }, headers())).__typename).toBe('WhatsAppLogin');
    const refused = await startWhatsAppLogin(gateway.graphqlUrl, {}, headers());
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
  });
});
