import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { solveCaptcha } from '@phonegate/client/captcha';
import { type Result, call, cancelLogin, requestOtp, resendOtp, somePhone } from '../support/calls.js';
import { CAPTCHA_MAX_NUMBER } from '../../src/guard/limits.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { allowResend, minutePasses, updateSendBudget } from '../support/rows.js';
import { bearer } from '../support/sign-in.js';
import { addressOf, askSolving as askSolvingOn, signInFrom } from './attackers.js';

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

const askFrom = (ip: string, phone: string, captcha?: string) =>
  requestOtp(gateway.graphqlUrl, { phone, ...(captcha && { captcha }) }, { 'x-forwarded-for': ip });

/** The captcha of an answer, solved. */
const solved = async (answer: Result) => (await solveCaptcha({ ...answer, siteKey: null })) ?? '';

const askSolving = (ip: string, phone: string) => askSolvingOn({ on: gateway, ip }, phone);

const counterOf = (token: string) => (JSON.parse(token) as { solution: { counter: number } }).solution.counter;

/** Numbers of the networks that spend, each one once. */
let spenders = 100;

/** Spends what strangers may send to the phone, also those who solve captchas. */
async function spend(phone: string): Promise<void> {
  await cancelLogin(gateway.graphqlUrl, await askFrom(addressOf((spenders += 1)), phone));
  await updateSendBudget(database, phone, { hourSends: 2_000, daySends: 4_000 });
}

describe('a phone whose budget strangers have spent', () => {
  let phone: string;
  beforeEach(async () => {
    phone = somePhone();
    await spend(phone);
  });

  test('gets a code from each further network, after a captcha', async () => {
    expect((await askFrom('192.0.2.30', phone)).__typename).toBe('CaptchaRequired');
    const answer = await askSolving('192.0.2.30', phone);
    expect(answer).toMatchObject({ __typename: 'OtpRequested', codeLength: 10 });
    const headers = { 'x-forwarded-for': '192.0.2.30' };
    await minutePasses(database, `${phone} from 192.0.2.0/24`);
    await allowResend(database, answer.attemptId);
    expect((await resendOtp({ url: gateway.graphqlUrl, headers }, answer)).__typename).toBe('OtpRequested');
  });

  test('gets one a minute and eight a day from a /24, and then no captcha is asked that would not help', async () => {
    expect((await askSolving('192.0.2.30', phone)).__typename).toBe('OtpRequested');
    expect((await askSolving('192.0.2.31', phone)).__typename).toBe('RateLimited');
    await minutePasses(database, `${phone} from 192.0.2.0/24`);
    expect((await askSolving('192.0.2.31', phone)).__typename).toBe('OtpRequested');
    await updateSendBudget(database, `${phone} from 192.0.2.0/24`, { hourSends: 200, daySends: 700 });
    await minutePasses(database, `${phone} from 192.0.2.0/24`);
    expect((await askSolving('192.0.2.31', phone)).__typename).toBe('OtpRequested');
    await minutePasses(database, `${phone} from 192.0.2.0/24`);
    expect((await askFrom('192.0.2.32', phone)).__typename).toBe('RateLimited');
    expect((await askFrom('192.0.3.32', phone)).__typename).toBe('CaptchaRequired');
  });

  test('gets one from a network of which fifty requests race', async () => {
    const captchas: string[] = [];
    for (let each = 0; each < 50; each += 1) captchas.push(await solved(await askFrom('2001:db8:40::1', phone)));
    const answers = await Promise.all(captchas.map((captcha) => askFrom('2001:db8:40::1', phone, captcha)));
    expect(answers.filter(({ __typename }) => __typename === 'OtpRequested')).toHaveLength(1);
    // Fifty proofs of work are slow on a busy machine.
  }, 90_000);

  test('gets a code though more networks than it has slots keep attempts open', async () => {
    const types: string[] = [];
    for (let network = 0; network < 7; network += 1)
      types.push((await askSolving(addressOf(network), phone)).__typename);
    expect(new Set(types)).toEqual(new Set(['OtpRequested']));
  });

  test('has captchas that become harder with what it was sent beyond its budget', async () => {
    const work = async () => counterOf(await solved(await askFrom('192.0.2.40', phone))) / CAPTCHA_MAX_NUMBER;
    expect(await work()).toBeLessThanOrEqual(1);
    await updateSendBudget(database, phone, { hourSends: 2_000, daySends: 6_000 });
    expect(await work()).toBeGreaterThanOrEqual(1);
    await updateSendBudget(database, phone, { hourSends: 2_000, daySends: 60_000 });
    expect(await work()).toBeGreaterThanOrEqual(2);
    expect(await work()).toBeLessThanOrEqual(4);
  });

  test('gets none beyond 2,000 messages of a day, and then no captcha is asked that would not help', async () => {
    await updateSendBudget(database, phone, { hourSends: 2_000, daySends: 199_900 });
    expect((await askSolving('192.0.2.30', phone)).__typename).toBe('OtpRequested');
    expect((await askFrom('192.0.3.30', phone)).__typename).toBe('RateLimited');
  });

  test('needs a captcha where a signed-in user wants to change to it, as for a sign-in', async () => {
    const session = await signInFrom({ on: gateway, ip: '192.0.2.50' }, somePhone());
    const headers = { ...bearer(session.gatewayToken), 'x-forwarded-for': '192.0.2.50' };
    const { data } = await call<{ requestPhoneChange: Result }>(
      { url: gateway.graphqlUrl, headers },
      'mutation ($input: RequestOtpInput!) { requestPhoneChange(input: $input) { __typename } }',
      { input: { phone } },
    );
    expect(data.requestPhoneChange.__typename).toBe('CaptchaRequired');
  });
});

describe('a phone of which strangers keep all slots open', () => {
  let phone: string;
  beforeEach(async () => {
    phone = somePhone();
    for (let network = 30; network < 33; network += 1) {
      expect((await askFrom(addressOf(network), phone)).__typename).toBe('OtpRequested');
      await minutePasses(database, phone);
    }
  });

  test('gets a code on a new device after a captcha', async () => {
    expect((await askFrom('192.0.2.30', phone)).__typename).toBe('CaptchaRequired');
    expect((await askSolving('192.0.2.30', phone)).__typename).toBe('OtpRequested');
  });

  test('gets a code from each network after a captcha, however many others have solved one', async () => {
    for (let network = 40; network < 43; network += 1) {
      expect((await askSolving(addressOf(network), phone)).codeLength).toBeLessThan(10);
      await minutePasses(database, phone);
    }
    expect(await askSolving('192.0.2.30', phone)).toMatchObject({ __typename: 'OtpRequested', codeLength: 10 });
    await minutePasses(database, phone);
    expect((await askSolving('192.0.2.31', phone)).__typename).toBe('RateLimited');
  });
});

test('the user and strangers get the same answers in the network where the user signs in', async () => {
  const HOME = '203.0.113.80';
  const probe = async (phone: string, network: number) => {
    await cancelLogin(gateway.graphqlUrl, await askFrom(addressOf(network), phone));
    const answers = [
      await askFrom(addressOf(network), phone),
      await askFrom(HOME, phone),
      await askSolving(HOME, phone),
    ];
    return answers.map(({ __typename, codeLength }) => [__typename, codeLength]);
  };
  const ofUser = somePhone();
  await signInFrom({ on: gateway, ip: HOME }, ofUser);
  // Some time later.
  await database.query('DELETE FROM budgets');
  expect(await probe(ofUser, 20)).toEqual(await probe(somePhone(), 21));
});
