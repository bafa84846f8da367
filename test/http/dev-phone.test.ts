import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PhoneMessage } from '../../src/web/dev-phone/settings.js';
import { startGreenApiSimulator } from '../../simulators/green-api.js';
import { claimLogin, readAttempt, requestOtp, somePhone, startWhatsAppLogin, verifyOtp } from '../support/calls.js';
import { devPhoneMessages, writeFromDevPhone } from '../support/dev-phone.js';
import { INSTANCE, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';

const TOKEN = 'Yq7PnN2vT0s3Lk8w';
/** Paths that a visitor could try. */
const PATHS = ['/dev/phone', '/dev/phone/', '/dev/phone/messages', '/dev/phone/send', '/dev', '/dev/'];

let database: TestDatabase;
let gateway: TestGateway;
/** Asks every user to confirm, and its webhook accepts one instance and number only, with a token. */
let confirming: TestGateway;
let production: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, PUBLIC_URL: 'http://phonegate.test:4000' };
  [gateway, confirming, production] = await Promise.all([
    startGateway(env),
    startGateway({
      ...env,
      WHATSAPP_CONFIRMATION: 'always',
      WHATSAPP_NUMBER: '77010000009',
      GREEN_API_ID_INSTANCE: '1101000777',
      GREEN_API_WEBHOOK_TOKEN: TOKEN,
    }),
    startGateway({ ...env, NODE_ENV: 'production', GREEN_API_WEBHOOK_TOKEN: TOKEN }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, confirming, production].map((one) => one.stop()));
  await database.drop();
});

/** Opens the developer's phone in a tab until the end of the test. */
async function openPhone(
  { url }: { url: string },
  onFinished: (act: () => void) => void,
): Promise<{ before: PhoneMessage[]; next(): Promise<PhoneMessage> }> {
  const tab = new AbortController();
  onFinished(() => tab.abort());
  const stream = devPhoneMessages(url, tab.signal);
  const next = async () => (await stream.next()).value as PhoneMessage | 'ready';
  const before: PhoneMessage[] = [];
  for (let message = await next(); message !== 'ready'; message = await next()) before.push(message);
  return { before, next: next as () => Promise<PhoneMessage> };
}

const statusOf = async (attempt: { attemptId: string; secret: string }, on = gateway) =>
  readAttempt(on.graphqlUrl, attempt);

describe('the developer’s phone shows messages of the gateway', () => {
  test('live, with the code, which opens a session', async ({ onTestFinished }) => {
    const phone = somePhone();
    const tab = await openPhone(gateway, onTestFinished);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    const message = await tab.next();
    expect(message).toMatchObject({ phone, channel: 'console', text: expect.stringContaining(String(message.code)) });
    expect(Math.abs(Date.parse(message.at) - Date.now())).toBeLessThan(10_000);
    expect(await verifyOtp(gateway.graphqlUrl, { ...attempt, code: String(message.code) })).toMatchObject({
      __typename: 'Session',
    });
  });

  test('in every open tab, and in tabs that are opened later', async ({ onTestFinished }) => {
    const phone = somePhone();
    const tabs = [await openPhone(gateway, onTestFinished), await openPhone(gateway, onTestFinished)];
    await requestOtp(gateway.graphqlUrl, { phone });
    const [one, other] = await Promise.all(tabs.map((tab) => tab.next()));
    expect(one).toEqual(other);
    expect((await openPhone(gateway, onTestFinished)).before.at(-1)).toEqual(one);
  });

  test('also those that a provider accepted, and not those that it refused', async ({ onTestFinished }) => {
    const greenApi = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
    const sending = await startGateway({
      DATABASE_URL: database.url,
      GREEN_API_URL: greenApi.url,
      GREEN_API_TOKEN: greenApi.token,
      DELIVERY_ROUTES: '*=green-api,console',
    });
    onTestFinished(async () => {
      await sending.stop();
      await greenApi.close();
    });
    const phone = somePhone();
    const tab = await openPhone(sending, onTestFinished);
    await requestOtp(sending.graphqlUrl, { phone });
    expect(await tab.next()).toMatchObject({ phone, channel: 'green-api', code: expect.stringMatching(/^\d{6}$/) });
    // The gateway answers by the same account.
    await writeFromDevPhone(sending.url, { from: phone, text: '{{SWE001}}' });
    const answer = await tab.next();
    expect(answer).toMatchObject({ phone, channel: 'whatsapp' });
    expect(answer).not.toHaveProperty('code');
    greenApi.fault = { status: 500, body: '' };
    await requestOtp(sending.graphqlUrl, { phone: somePhone() });
    expect(await tab.next(), 'what was refused reached no phone').toMatchObject({ channel: 'console' });
  });
});

describe('a message from the developer’s phone', () => {
  test('signs in, with the number in any spelling', async () => {
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(await writeFromDevPhone(gateway.url, { from: '8 (701) 000-00-02', text: attempt.loginMessage })).toEqual({
      httpStatus: 200,
      status: 200,
      phone: '+77010000002',
      at: expect.any(String) as string,
    });
    expect(await statusOf(attempt)).toMatchObject({ status: 'COMPLETED' });
    expect(await claimLogin(gateway.graphqlUrl, attempt)).toMatchObject({ user: { phone: '+77010000002' } });
  });

  test('with a hidden number fails the attempt, and the phone receives the reason', async ({ onTestFinished }) => {
    const phone = somePhone();
    const tab = await openPhone(gateway, onTestFinished);
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    const text = attempt.loginMessage;
    expect(await writeFromDevPhone(gateway.url, { from: phone, text, hidden: true })).toMatchObject({ status: 200 });
    expect(await statusOf(attempt)).toMatchObject({ status: 'FAILED', failureReason: 'PHONE_HIDDEN' });
    expect(await tab.next()).toMatchObject({ phone, channel: 'whatsapp' });
  });

  test.each([
    ['the number of the screen', undefined, 'COMPLETED'],
    ['NO', 'NO', 'CANCELED'],
  ])('answers the question for confirmation with %s', async (_, answer, status) => {
    const tab = new AbortController();
    const stream = devPhoneMessages(confirming.url, tab.signal);
    while ((await stream.next()).value !== 'ready');
    const phone = somePhone();
    const attempt = await startWhatsAppLogin(confirming.graphqlUrl);
    await writeFromDevPhone(confirming.url, { from: phone, text: attempt.loginMessage });
    expect((await stream.next()).value).toMatchObject({
      phone,
      channel: 'whatsapp',
      text: expect.stringContaining('phonegate.test:4000'),
    });
    tab.abort();
    const { confirmationNumber } = (await statusOf(attempt, confirming)) ?? {};
    expect(confirmationNumber).toMatch(/^\d\d$/);
    const text = answer ?? String(confirmationNumber);
    expect(await writeFromDevPhone(confirming.url, { from: phone, text })).toMatchObject({ status: 200 });
    expect(await statusOf(attempt, confirming)).toMatchObject({ status });
  });

  test.each(['123', '', 'nobody', '+7 727 200 00 00'])(
    'from "%s", which is not a mobile phone, is refused',
    async (from) => {
      expect(await writeFromDevPhone(gateway.url, { from, text: 'hello' })).toMatchObject({
        httpStatus: 400,
        error: 'INVALID_PHONE_NUMBER',
        message: expect.stringMatching(/^This/) as string,
      });
    },
  );

  test.each([
    {},
    { from: '77010000002' },
    { from: '77010000002', text: '' },
    { from: 7701, text: 'x' },
    { from: '77010000002', text: 'x'.repeat(4097) },
  ])('in the form %j is refused', async (message) => {
    expect(await writeFromDevPhone(gateway.url, message as { from: string; text: string })).toMatchObject({
      httpStatus: 400,
      error: 'BAD_REQUEST',
    });
  });
});

describe('access to the developer’s phone', () => {
  /** fetch does not allow setting the Host header. */
  function ask(
    path: string,
    { method = 'GET', body = '', headers = {} }: { method?: string; body?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(`${gateway.url}${path}`, { method, headers }, (response) => {
        const status = response.statusCode ?? 0;
        // A stream has no end to wait for.
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          response.destroy();
          return resolve({ status, body: '' });
        }
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ status, body: text }));
      });
      asked.once('error', reject);
      asked.end(body);
    });
  }

  test.each(['/dev/phone', '/dev/phone/messages', '/dev/phone/send'])(
    '%s answers only to host names of the gateway',
    async (path) => {
      const ours = ['localhost', 'localhost:4000', '127.0.0.1:4000', '[::1]:4000', 'phonegate.test'];
      for (const host of ours) expect((await ask(path, { headers: { host } })).status, host).not.toBe(403);
      const foreign = [
        '192.168.1.5:4000',
        'evil.test',
        'evil.test:4000',
        'localhost.evil.test',
        '127.0.0.1.evil.test',
        'phonegate.test.evil',
      ];
      for (const host of foreign) {
        const { status, body } = await ask(path, { headers: { host } });
        expect([status, body], host).toEqual([403, expect.stringContaining('HOST_NOT_ALLOWED')]);
      }
    },
  );

  const json = { 'content-type': 'application/json' };
  const body = JSON.stringify({ from: '77010000002', text: 'hello' });
  const post = (headers: Record<string, string>) => ask('/dev/phone/send', { method: 'POST', body, headers });

  test('a page of the gateway may send, other pages may not', async () => {
    const own = { ...json, host: '127.0.0.1:4000' };
    for (const headers of [
      json,
      { ...json, origin: 'http://phonegate.test:4000' },
      { ...own, origin: 'http://127.0.0.1:4000' },
    ])
      expect((await post(headers)).status).toBe(200);
    for (const origin of [
      'https://evil.test',
      'null',
      'http://localhost:5173',
      'http://127.0.0.1:5000',
      'http://localhost.evil.test',
    ])
      expect(await post({ ...own, origin }), origin).toMatchObject({
        status: 403,
        body: expect.stringContaining('ORIGIN_NOT_ALLOWED'),
      });
  });

  test('a form or plain text, which any page can post, is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', ''])
      expect((await post(type ? { 'content-type': type } : {})).status).toBe(415);
    expect((await ask('/dev/phone/send', {})).status).toBe(405);
    expect((await ask('/dev/phone/messages', { method: 'POST' })).status).toBe(405);
  });

  test('a page of another origin cannot read the messages', async () => {
    expect((await ask('/dev/phone/messages', { headers: { origin: 'https://evil.test' } })).status).toBe(403);
  });

  test('the page contains no webhook token', async () => {
    const page = await (await fetch(`${confirming.url}/dev/phone`)).text();
    expect(page).toContain('id="settings"');
    expect(page).toContain('77010000009');
    expect(page).not.toContain(TOKEN);
  });
});

describe('in production', () => {
  test('the assets of the developer’s phone are not served; those of the login page are', async () => {
    const files = async (url: string) =>
      [...(await (await fetch(url)).text()).matchAll(/\/assets\/[\w.-]+/g)].map(String);
    const status = async (path: string) => (await fetch(`${production.url}${path}`)).status;
    const login = await files(`${production.url}/login`);
    const phone = (await files(`${gateway.url}/dev/phone`)).filter((path) => !login.includes(path));
    expect(login.length).toBeGreaterThan(1);
    expect(phone.length).toBeGreaterThan(1);
    for (const path of login) expect([path, await status(path)]).toEqual([path, 200]);
    for (const path of phone) expect([path, await status(path)]).toEqual([path, 404]);
  });

  test.each(PATHS)('%s is not found, like any unknown path', async (path) => {
    for (const method of ['GET', 'POST']) {
      const unknown = await fetch(`${production.url}/no/such/path`, { method });
      const answer = await fetch(`${production.url}${path}`, { method, headers: { accept: 'text/html' } });
      expect([answer.status, await answer.text()]).toEqual([404, await unknown.text()]);
    }
  });

  test('GraphiQL is not found, like any unknown path', async () => {
    for (const accept of ['text/html', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8']) {
      const headers = { accept };
      expect(await (await fetch(gateway.graphqlUrl, { headers })).text()).toMatch(/GraphiQL/);
      const answer = await fetch(production.graphqlUrl, { headers });
      expect([answer.status, await answer.text()]).toEqual([404, '{"error":"NOT_FOUND"}']);
    }
    const asked = await fetch(`${production.graphqlUrl}?query=${encodeURIComponent('{ __typename }')}`);
    expect(await asked.json()).toEqual({ data: { __typename: 'Query' } });
  });
});

test('an open tab does not delay a shutdown', async ({ onTestFinished }) => {
  const running = await startGateway({ DATABASE_URL: database.url });
  const tab = new AbortController();
  onTestFinished(() => tab.abort());
  const stream = devPhoneMessages(running.url, tab.signal);
  expect((await stream.next()).value).toBe('ready');
  // Longer than the test may take: the stream must end by itself, and not because the server cuts it.
  const stopped = running.stop({ graceMs: 60_000 });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await stopped;
});
