import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HELD_GUESSES_PER_NETWORK, WRONG_TOKENS_PER_NETWORK_PER_MINUTE } from '../../src/guard/limits.js';
import { deliverWebhook, incomingText, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { rawRequest } from '../support/raw-request.js';

const TOKEN = 'fWx2Qm8LrT5vZc1NpYk7';
const SECRET = 'xjhyVHuPv5NAMd8Xkfe4ZUTn';
const ATTACKER = '203.0.113.7';

let database: TestDatabase;
let gateway: TestGateway;

beforeEach(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    GREEN_API_WEBHOOK_TOKEN: TOKEN,
    KAVENEGAR_API_KEY: 'key',
    KAVENEGAR_CALLBACK_SECRET: SECRET,
  });
});
afterEach(async () => {
  await gateway.stop();
  await database.drop();
});

/** @returns the status, or 0 when the gateway closes the connection without an answer */
type Guess = (from: string, token: string) => Promise<number>;

const greenApi: Guess = (from, token) =>
  statusOf(`${gateway.url}/api/webhooks/greenapi/incoming`, { 'x-forwarded-for': from, authorization: token });
const kavenegar: Guess = (from, token) =>
  statusOf(`${gateway.url}/api/webhooks/kavenegar/status/${token}`, { 'x-forwarded-for': from });

const statusOf = (url: string, headers: Record<string, string>) =>
  rawRequest(url, { method: 'POST', headers, body: '{}' }).then(
    ({ status }) => status,
    () => 0,
  );

/** Guesses for two seconds on 40 connections. @returns the statuses */
async function attack(guess: Guess, address: (index: number) => string = () => ATTACKER): Promise<number[]> {
  const until = Date.now() + 2_000;
  const statuses: number[] = [];
  const connections = Array.from({ length: 40 }, async () => {
    while (Date.now() < until) statuses.push(await guess(address(statuses.length), `wrong${statuses.length}`));
  });
  await Promise.all(connections);
  return statuses;
}

describe.each([
  ['Green API', greenApi, TOKEN],
  ['Kavenegar', kavenegar, SECRET],
])('wrong tokens of %s', (_, guess, right) => {
  test('are slowed down to a few a second, still with 401', async () => {
    const statuses = await attack(guess);
    expect(new Set(statuses)).toEqual(new Set([401]));
    // 40 connections with one answer a second each, and those below the limit at once.
    expect(statuses.length).toBeLessThan(40 * 3 + WRONG_TOKENS_PER_NETWORK_PER_MINUTE + 40);
  });

  test('from many networks are slowed down too', async () => {
    const statuses = await attack(guess, (index) => `203.0.${index >> 8}.${index & 255}`);
    expect(statuses.length).toBeLessThan(40 * 3 + 100 + 40);
  });

  test('raise one alarm, in the log and in the audit log, and no line for each', async () => {
    await attack(guess);
    const alarms = gateway.log.filter(({ event }) => event === 'webhook.guessing');
    expect(alarms).toMatchObject([{ level: 'warn', network: ATTACKER, wrongTokens: expect.any(Number) as number }]);
    const lines = gateway.log.filter(({ event }) => event === 'webhook.refused');
    expect(lines).toHaveLength(WRONG_TOKENS_PER_NETWORK_PER_MINUTE);
    await vi.waitFor(
      async () =>
        expect(await database.query(`SELECT event, ip FROM audit_log WHERE event = 'webhook.guessing'`)).toEqual([
          { event: 'webhook.guessing', ip: ATTACKER },
        ]),
      { timeout: 15_000 },
    );
    expect(JSON.stringify(gateway.log)).not.toContain('wrong1');
  });

  test('do not delay the right token, not even from the same address during the attack', async () => {
    const attacking = attack(guess);
    await sleep(500);
    const times: number[] = [];
    for (let index = 0; index < 10; index += 1) {
      const startedAt = Date.now();
      expect(await guess(ATTACKER, right)).toBe(200);
      times.push(Date.now() - startedAt);
    }
    expect(Math.min(...times)).toBeLessThan(500);
    await attacking;
  });
});

test('a flood of guesses holds back a bounded number of answers and does not stop a sign-in', async () => {
  for (let index = 0; index < WRONG_TOKENS_PER_NETWORK_PER_MINUTE; index += 1) await greenApi(ATTACKER, 'wrong');
  const startedAt = Date.now();
  const flood = Array.from({ length: 300 }, (_, index) => greenApi(ATTACKER, `wrong${index}`));
  const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
  expect(await deliverWebhook(gateway.url, incomingText(attempt.loginMessage, somePhone()), { token: TOKEN })).toBe(
    200,
  );
  const statuses = await Promise.all(flood);
  // The answers that are held back take a second each.
  const seconds = Math.ceil((Date.now() - startedAt) / 1_000);
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(HELD_GUESSES_PER_NETWORK * seconds);
  expect(statuses).toContain(0);
  expect(statuses.filter((status) => status === 200)).toEqual([]);
});

// An attacker who held the delayed answers, or did not wait for them, learned without a delay whether a token was right.
test.each([
  ['waits for the answers', false],
  ['closes its connections at once', true],
])('a network that guesses more than it may has no token compared, if it %s', async (_, closes) => {
  for (let index = 0; index < WRONG_TOKENS_PER_NETWORK_PER_MINUTE; index += 1) await greenApi(ATTACKER, 'wrong');
  const guesses = Array.from({ length: HELD_GUESSES_PER_NETWORK }, async (__, index) => {
    const guess = request(`${gateway.url}/api/webhooks/greenapi/incoming`, {
      method: 'POST',
      headers: { 'x-forwarded-for': ATTACKER, authorization: `wrong${index}` },
      agent: false,
    });
    guess.on('error', () => {});
    guess.end('{}');
    await once(guess, 'finish');
    await sleep(300);
    if (closes) guess.destroy();
    return guess;
  });
  const open = await Promise.all(guesses);
  expect(await Promise.all([greenApi(ATTACKER, TOKEN), kavenegar(ATTACKER, SECRET)])).toEqual([0, 0]);
  expect(await greenApi('198.51.100.9', TOKEN)).toBe(200);
  await vi.waitFor(async () => expect(await greenApi(ATTACKER, TOKEN)).toBe(200), { timeout: 3_000 });
  for (const guess of open) guess.destroy();
});
