import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimLogin, deliverWebhook, incomingText, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { updateSendBudget } from '../support/rows.js';
import { addressOf, ask, askSolving, enter, ignoreSendBudgets, pass, signInFrom } from './attackers.js';

const HOME = '203.0.113.20';
const ELSEWHERE = '192.0.2.30';

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

describe('with 1,000 addresses that attack one phone for a day', () => {
  let owner: { phone: string; deviceToken: string };
  let guesses: number[];

  beforeAll(async () => {
    const phone = somePhone();
    const { deviceToken } = await signInFrom({ on: gateway, ip: HOME }, phone);
    owner = { phone, deviceToken: String(deviceToken) };
    guesses = [];
    for (let address = 0; address < 1_000; address += 1) {
      const attempt = await ask({ on: gateway, ip: addressOf(address) }, owner.phone);
      for (let tries = 0; attempt.__typename === 'OtpRequested' && tries < 5; tries += 1) {
        const answer = await enter({ on: gateway, ip: addressOf(address) }, attempt);
        if (answer.__typename === 'IncorrectCode') guesses.push(attempt.codeLength);
      }
      if (address % 10 !== 9) continue;
      await pass(database, '864 seconds');
    }
  }, 120_000);

  test('the attackers guess the code with a probability of at most 1 in 50,000', () => {
    expect(guesses.length).toBeGreaterThan(20);
    expect(guesses.reduce((sum, length) => sum + 10 ** -length, 0)).toBeLessThan(1 / 50_000);
  });

  test('the owner signs in on a known device at the first try', async () => {
    const attempt = await ask({ on: gateway, ip: HOME, deviceToken: owner.deviceToken }, owner.phone);
    expect(attempt).toMatchObject({ __typename: 'OtpRequested', codeLength: 6 });
    const session = await enter({ on: gateway, ip: HOME }, attempt, gateway.codeOf(attempt.attemptId));
    expect(session.__typename).toBe('Session');
  });

  test('the owner signs in by WhatsApp on a new device, and then gets codes again', async () => {
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(await deliverWebhook(gateway.url, incomingText(login.loginMessage, owner.phone))).toBe(200);
    expect((await claimLogin(gateway.graphqlUrl, login)).__typename).toBe('Session');
    expect((await ask({ on: gateway, ip: ELSEWHERE }, owner.phone)).codeLength).toBe(6);
  });
});

describe('with all budgets, and 1,000 addresses that solve captchas for one phone for a day', () => {
  let attacked: TestGateway;
  let withBudgets: TestDatabase;
  const phone = somePhone();
  let sent = 0;

  beforeAll(async () => {
    withBudgets = await createDatabase();
    attacked = await startGateway({ DATABASE_URL: withBudgets.url, TRUSTED_PROXY_HOPS: '1', CAPTCHA: 'altcha' });
    await signInFrom({ on: attacked, ip: HOME }, phone);
    // The first of them spend the budget of the phone. The captchas of the others would take the test hours.
    for (let address = 0; sent < 3 && address < 10; address += 1) {
      const attempt = await askSolving({ on: attacked, ip: addressOf(address) }, phone);
      if (attempt.__typename === 'OtpRequested') sent += 1;
    }
    await updateSendBudget(withBudgets, phone, { hourSends: 2_000, daySends: 199_000 });
  }, 60_000);
  afterAll(async () => {
    await attacked.stop();
    await withBudgets.drop();
  });

  test('the owner signs in away from home, on a new device, after a captcha', async () => {
    const attempt = await askSolving({ on: attacked, ip: ELSEWHERE }, phone);
    expect(attempt.__typename).toBe('OtpRequested');
    const session = await enter({ on: attacked, ip: ELSEWHERE }, attempt, attacked.codeOf(attempt.attemptId));
    expect(session.__typename).toBe('Session');
  }, 60_000);
});
