import { randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type GreenApiSimulator, startGreenApiSimulator } from '../../../simulators/green-api.js';
import {
  type Result,
  claimLogin,
  deliverWebhook,
  incomingText,
  readAttempt,
  somePhone,
  startWhatsAppLogin,
} from '../../support/calls.js';
import { INSTANCE, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';

export const WEBHOOK_TOKEN = 'Yq7PnN2vT0s3Lk8w';

let database: TestDatabase;
let greenApi: GreenApiSimulator;
const gateways = new Map<string, TestGateway>();
/** Every attempt secret that was returned. The log must contain none of them. */
const secrets: string[] = [];

/**
 * Starts a gateway for each name with its environment, on one database with one Green API, before the tests of a file, and
 * stops them afterwards. `open` is the default: sign-up open, confirmation for roles above USER.
 */
export function useGateways(environments: Record<string, Record<string, string>> = {}) {
  beforeAll(async () => {
    secrets.length = 0;
    database = await createDatabase();
    greenApi = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
    const base = {
      DATABASE_URL: database.url,
      WHATSAPP_NUMBER: '77010000001',
      GREEN_API_URL: greenApi.url,
      GREEN_API_TOKEN: greenApi.token,
    };
    await Promise.all(
      Object.entries({ open: {}, ...environments }).map(async ([name, env]) => {
        gateways.set(name, await startGateway({ ...base, ...env }));
      }),
    );
  });
  afterEach(() => {
    greenApi.fault = undefined;
  });
  afterAll(async () => {
    await Promise.all([...gateways.values()].map((one) => one.stop()));
    gateways.clear();
    await greenApi.close();
    await database.drop();
  });
  return {
    get database() {
      return database;
    },
    get greenApi() {
      return greenApi;
    },
    gateway: named,
  };
}

function named(name = 'open'): TestGateway {
  const gateway = gateways.get(name);
  if (!gateway) throw new Error(`No gateway is named "${name}"`);
  return gateway;
}

export async function start(on = named()): Promise<Result> {
  const attempt = await startWhatsAppLogin(on.graphqlUrl);
  secrets.push(attempt.secret);
  return attempt;
}

export const statusOf = async (attempt: Result, on = named()) => (await readAttempt(on.graphqlUrl, attempt))?.status;
export const chatOf = (phone: string) => `${phone.slice(1)}@c.us`;
export const someLid = () => `${randomInt(100_000_000, 999_999_999)}384256@lid`;
export const secondsNow = () => Math.floor(Date.now() / 1000);
export const usersWith = (phone: string) => database.query('SELECT id FROM users WHERE phone = $1', [phone]);

/** Delivers a webhook, and returns the lines that it caused in the log. */
export async function deliver(body: unknown, on = named()) {
  const before = on.log.length;
  const status = await deliverWebhook(on.url, body);
  return { status, lines: on.log.slice(before) };
}

/** Expects that the webhook gets a 200, one line says why it was ignored, and the attempt still waits. */
export async function expectIgnored(attempt: Result, body: unknown, reason: string) {
  const { status, lines } = await deliver(body);
  expect(status).toBe(200);
  expect(lines.filter(({ event }) => event === 'webhook.ignored').map((line) => line.reason)).toEqual([reason]);
  expect(await readAttempt(named().graphqlUrl, attempt)).toMatchObject({ status: 'PENDING', failureReason: null });
}

export async function expectSignedIn(attempt: Result, phone: string, on = named()) {
  expect(await claimLogin(on.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session', user: { phone } });
}

/**
 * Registers a test that searches the log of a file's tests for tokens, attempt secrets and phones. Call it at the end
 * of the file.
 */
export function testNothingSecretIsLogged(): void {
  describe('after all of the above', () => {
    test('no log line contains a token, an attempt secret or a whole phone', async () => {
      const attempt = await start();
      const phone = somePhone();
      await deliver(incomingText(attempt.loginMessage, phone));
      await expectSignedIn(attempt, phone);
      const phones = await database.query<{ phone: string }>('SELECT phone FROM users');
      const text = JSON.stringify(
        [...gateways.values()].flatMap(({ log }) => log).filter(({ event }) => event !== 'console.message'),
      );
      const secret = [greenApi.token, WEBHOOK_TOKEN, ...secrets, ...phones.map((user) => user.phone.slice(1))];
      expect(text).toContain('whatsapp.completed');
      expect(Math.min(phones.length, secrets.length)).toBeGreaterThan(1);
      expect(secret.filter((value) => text.includes(value))).toEqual([]);
    });
  });
}
