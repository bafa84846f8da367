import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { STARTS_PER_NETWORK } from '../../../src/guard/limits.js';
import { messagesIn } from '../../../src/locales/messages.js';
import { type Phonegate, type PhonegateOptions, createPhonegate } from '../src/index.js';
import { createMemory } from '../src/storage.js';
import { deliverWebhook, incomingText, somePhone, wrongCode } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { freePort } from '../../../test/support/ports.js';
import { allowResend, endSession, insertGuessFailures, insertSendBudget } from '../../../test/support/rows.js';
import { type Proxy, startProxy } from './proxy.js';

let database: TestDatabase;
let gateway: TestGateway;
let kyrgyz: TestGateway;
let unlucky: TestGateway;
let proxy: Proxy;
let clients: Phonegate[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  [gateway, kyrgyz, unlucky] = await Promise.all([
    startGateway({ ...env, ALLOWED_ORIGINS: 'https://app.example.com', TRUSTED_PROXY_HOPS: '1' }),
    startGateway({ ...env, ALLOWED_COUNTRIES: 'KG' }),
    // No WhatsApp, and a provider that cannot be reached.
    startGateway({
      ...env,
      NODE_ENV: 'production',
      GREEN_API_ID_INSTANCE: '',
      KAVENEGAR_URL: `http://127.0.0.1:${await freePort()}`,
      KAVENEGAR_API_KEY: 'an-invented-key',
      KAVENEGAR_TEMPLATE: 'verify',
      KAVENEGAR_CALLBACK_SECRET: 'VRcKdAuDtGN76ia5Fbvq29pZ',
      DELIVERY_ROUTES: '*=kavenegar-verify',
    }),
  ]);
  proxy = await startProxy(gateway.url);
});
afterEach(() => {
  for (const { session } of clients) session.close();
  clients = [];
  Object.assign(proxy, { target: gateway.url, instead: undefined, loses: undefined, from: undefined, asked: [] });
});
afterAll(async () => {
  await proxy.close();
  await Promise.all([gateway, kyrgyz, unlucky].map((one) => one.stop()));
  await database.drop();
});

function open(options: PhonegateOptions = {}): Phonegate {
  const client = createPhonegate({ url: proxy.url, ...options });
  clients.push(client);
  return client;
}

/** Asserts the type of an answer. @returns the answer with the fields of that type */
function as<Answer extends { __typename: string }, Name extends Answer['__typename']>(name: Name, answer: Answer) {
  expect(answer).toMatchObject({ __typename: name });
  return answer as Extract<Answer, { __typename: Name }>;
}

const UNKNOWN = { attemptId: '00000000-0000-7000-8000-000000000000', secret: 'nothing' };

async function requested(client: Phonegate, phone = somePhone()) {
  const attempt = as('OtpRequested', await client.requestOtp({ phone }));
  return { ...attempt, code: gateway.codeOf(attempt.attemptId) };
}
const mayResend = (attemptId: string) => allowResend(database, attemptId);

async function signIn(client: Phonegate) {
  return as('Session', await client.verifyOtp(await requested(client)));
}

describe('a login by code', () => {
  test('verifyOtp keeps the session', async () => {
    const client = open();
    const phone = somePhone();
    const attempt = await requested(client, phone);
    expect(attempt).toMatchObject({
      codeLength: 6,
      channel: 'CONSOLE',
      maskedPhone: expect.stringContaining(phone.slice(-2)),
    });
    const session = as('Session', await client.verifyOtp(attempt));
    expect(session.user.phone).toBe(phone);
    expect(client.session.current()).toMatchObject({ id: session.id, accessToken: session.accessToken });
    expect(await client.session.accessToken()).toBe(session.accessToken);
  });

  test('requestOtp returns each refusal', async () => {
    const client = open();
    as('InvalidPhoneNumber', await client.requestOtp({ phone: '12' }));
    as('PhoneNotAllowed', await open({ url: kyrgyz.url }).requestOtp({ phone: somePhone() }));
    as('DeliveryFailed', await open({ url: unlucky.url }).requestOtp({ phone: somePhone() }));
    const phone = somePhone();
    for (let turn = 0; turn < 2; turn += 1) await requested(client, phone);
    const { code, retryAfterSeconds } = as('RateLimited', await client.requestOtp({ phone }));
    expect(code).toBe('RATE_LIMITED');
    expect(retryAfterSeconds).toBeGreaterThan(0);
  });

  test('resendOtp sends the code of the same attempt again, and returns each refusal', async () => {
    const client = open();
    const attempt = await requested(client);
    expect(as('RateLimited', await client.resendOtp(attempt)).retryAfterSeconds).toBeGreaterThan(50);
    await mayResend(attempt.attemptId);
    const again = as('OtpRequested', await client.resendOtp(attempt));
    expect(again).toMatchObject({ attemptId: attempt.attemptId, secret: attempt.secret });
    as('AttemptNotFound', await client.resendOtp(UNKNOWN));
    await client.cancelLogin(attempt);
    expect(as('AttemptClosed', await client.resendOtp(attempt)).status).toBe('CANCELED');
  });

  test('verifyOtp returns each refusal', async () => {
    const client = open();
    const phone = somePhone();
    const [first, second] = [await requested(client, phone), await requested(client, phone)];
    const guess = (attempt: typeof first) => client.verifyOtp({ ...attempt, code: wrongCode(attempt.code) });
    expect(as('IncorrectCode', await guess(first)).triesLeft).toBe(4);
    as('AttemptNotFound', await client.verifyOtp({ ...UNKNOWN, code: '123456' }));
    for (let turn = 0; turn < 4; turn += 1) await guess(first);
    expect(as('AttemptClosed', await client.verifyOtp(first))).toMatchObject({
      status: 'FAILED',
      failureReason: 'TOO_MANY_TRIES',
    });
    proxy.from = '203.0.113.9';
    await insertGuessFailures(database, proxy.from, { hourFailures: 20 });
    expect(as('RateLimited', await client.verifyOtp(second)).retryAfterSeconds).toBeGreaterThan(0);
    expect(client.session.current()).toBeUndefined();
  });
});

describe('a login by WhatsApp', () => {
  test('claimLogin keeps the session, and returns the same one when repeated', async () => {
    const client = open();
    const login = as('WhatsAppLogin', await client.startWhatsAppLogin());
    as('AttemptNotCompleted', await client.claimLogin(login));
    expect(await client.loginAttempt(login)).toMatchObject({ method: 'WHATSAPP', status: 'PENDING' });
    await deliverWebhook(gateway.url, incomingText(login.loginMessage, somePhone()));
    expect(await client.loginAttempt(login)).toMatchObject({ status: 'COMPLETED' });
    const { id } = as('Session', await client.claimLogin(login));
    expect(client.session.current()?.id).toBe(id);
    expect(as('Session', await client.claimLogin(login)).id).toBe(id);
  });

  test('returns each refusal', async () => {
    const client = open();
    as('MethodUnavailable', await open({ url: unlucky.url }).startWhatsAppLogin());
    as('AttemptNotFound', await client.claimLogin(UNKNOWN));
    as('AttemptNotFound', await client.cancelLogin(UNKNOWN));
    expect(await client.loginAttempt(UNKNOWN)).toBeNull();
    const login = as('WhatsAppLogin', await client.startWhatsAppLogin());
    expect(as('LoginAttempt', await client.cancelLogin(login)).status).toBe('CANCELED');
    as('AttemptClosed', await client.claimLogin(login));
    as('AttemptClosed', await client.cancelLogin(login));
  });

  test('is RateLimited after the starts that one IP may leave uncompleted', async () => {
    const behind = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
    Object.assign(proxy, { target: behind.url, from: '203.0.113.7' });
    const client = open();
    const spent = STARTS_PER_NETWORK.address.hour - 3;
    await insertSendBudget(database, 'starts:203.0.113.7', { hourSends: spent, daySends: spent });
    for (let turn = 0; turn < 3; turn += 1) as('WhatsAppLogin', await client.startWhatsAppLogin());
    expect(as('RateLimited', await client.startWhatsAppLogin()).retryAfterSeconds).toBeGreaterThan(0);
    await behind.stop();
  });
});

describe('devices', () => {
  test('are listed, and revoked one by one or all others at once', async () => {
    const [here, there] = [open(), open({ storage: createMemory() })];
    const phone = somePhone();
    const mine = as('Session', await here.verifyOtp(await requested(here, phone)));
    const theirs = as('Session', await there.verifyOtp(await requested(there, phone)));
    const listed = await here.mySessions();
    expect(Object.fromEntries(listed.map(({ sessionId, current }) => [sessionId, current]))).toEqual({
      [mine.id]: true,
      [theirs.id]: false,
    });
    as('SessionNotFound', await here.revokeSession('00000000-0000-7000-8000-000000000000'));
    expect(as('SessionRevoked', await here.revokeSession(theirs.id)).sessionId).toBe(theirs.id);
    expect(as('OtherSessionsRevoked', await here.revokeOtherSessions()).count).toBe(0);
  });

  test('throw UNAUTHENTICATED when nobody is signed in', async () => {
    const client = open();
    await expect(client.mySessions()).rejects.toMatchObject({ name: 'PhonegateError', code: 'UNAUTHENTICATED' });
  });

  test('throw UNAUTHENTICATED and sign out here after another device has ended the session', async () => {
    const client = open();
    const over = vi.fn<() => void>();
    const { id } = await signIn(client);
    client.session.onSignedOut(over);
    await endSession(database, id, 'user');
    await expect.poll(() => client.mySessions().catch(({ code }: { code: string }) => code)).toBe('UNAUTHENTICATED');
    expect(client.session.current()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });

  /** The device's clock was set back: the token looks fresh and is not. */
  test('are listed with a refreshed token when the token is refused and the session is not over', async () => {
    const client = open();
    const { id, accessToken, gatewayToken } = await signIn(client);
    proxy.instead = ({ headers }) =>
      headers.authorization === `Bearer ${gatewayToken}`
        ? {
            status: 200,
            body: JSON.stringify({ errors: [{ message: 'No', extensions: { code: 'UNAUTHENTICATED' } }] }),
          }
        : undefined;
    expect((await client.mySessions()).map((one) => one.sessionId)).toEqual([id]);
    expect(client.session.current()?.accessToken).not.toBe(accessToken);
    proxy.instead = undefined;
    expect(await client.session.accessToken(accessToken)).toBe(client.session.current()?.accessToken);
    expect(proxy.times('RefreshSession')).toBe(1);
  });
});

describe('the client throws', () => {
  const thrownBy = (client: Phonegate) => client.requestOtp({ phone: somePhone() }).catch((error: unknown) => error);

  test('NETWORK when no server listens and when the connection breaks', async () => {
    expect(await thrownBy(open({ url: `http://127.0.0.1:${await freePort()}` }))).toMatchObject({
      name: 'PhonegateError',
      code: 'NETWORK',
      cause: expect.any(Error),
    });
    proxy.loses = () => true;
    expect(await thrownBy(open())).toMatchObject({ code: 'NETWORK' });
  });

  test.each([
    ['a proxy’s page', 502, '<html><h1>502 Bad Gateway</h1></html>'],
    ['a captive portal’s page', 200, '<html>Please accept our terms</html>'],
    ['empty', 504, ''],
    ['JSON without data and errors', 500, '{"error":"INTERNAL_SERVER_ERROR"}'],
    ['null', 200, 'null'],
    ['a JSON string', 200, '"hello"'],
    ['`errors` that is no list', 200, '{"errors":"many"}'],
    ['an empty list of errors', 200, '{"errors":[]}'],
    ['`data` that is null', 200, '{"data":null}'],
  ])('UNAVAILABLE when the answer is %s', async (_, status, body) => {
    proxy.instead = () => ({ status, body, headers: { 'content-type': 'text/html' } });
    expect(await thrownBy(open())).toMatchObject({ name: 'PhonegateError', code: 'UNAVAILABLE' });
  });

  test('the gateway’s own code where the answer has one', async () => {
    const body = JSON.stringify({ errors: [{ message: 'Later', extensions: { code: 'UNAVAILABLE' } }] });
    proxy.instead = () => ({ status: 200, body });
    expect(await thrownBy(open())).toMatchObject({ code: 'UNAVAILABLE', message: 'Later' });
  });

  test('NETWORK when no answer arrives within 30 s', async () => {
    const silent = await startProxy(gateway.url);
    silent.delays = () => new Promise(() => {});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const thrown = thrownBy(open({ url: silent.url }));
      await vi.advanceTimersByTimeAsync(30_000);
      expect(await thrown).toMatchObject({ code: 'NETWORK' });
    } finally {
      vi.useRealTimers();
      await silent.close();
    }
  });

  /** The code is spent, and only the gateway knows the session. */
  test('NETWORK when the answer to verifyOtp is lost, and the code returns the session, which claimLogin does not', async () => {
    const client = open();
    const attempt = await requested(client);
    proxy.loses = ({ operation }) => operation === 'VerifyOtp';
    await expect(client.verifyOtp(attempt)).rejects.toMatchObject({ code: 'NETWORK' });
    proxy.loses = undefined;
    expect(as('AttemptClosed', await client.claimLogin(attempt)).status).toBe('CLAIMED');
    as('Session', await client.verifyOtp(attempt));
    expect(client.session.current()).toBeDefined();
  });
});

describe('a lost answer to requestOtp', () => {
  const keys = () =>
    proxy.asked.map(({ variables }) => (variables['input'] as { idempotencyKey?: string }).idempotencyKey);

  test('is repeated once with the same key, and gives the attempt whose code was sent', async () => {
    let lost = 0;
    proxy.loses = () => (lost += 1) === 1;
    const client = open();
    const attempt = as('OtpRequested', await client.requestOtp({ phone: somePhone() }));
    expect(keys()).toHaveLength(2);
    expect(new Set(keys()).size).toBe(1);
    const code = gateway.codeOf(attempt.attemptId);
    as('Session', await client.verifyOtp({ ...attempt, code }));
  });

  test('is repeated with the same key when the user tries again, and another request has another key', async () => {
    const client = open();
    const phone = somePhone();
    proxy.loses = () => true;
    await expect(client.requestOtp({ phone })).rejects.toMatchObject({ code: 'NETWORK' });
    proxy.loses = undefined;
    as('OtpRequested', await client.requestOtp({ phone }));
    as('OtpRequested', await client.requestOtp({ phone }));
    const [first, second, third, next] = keys();
    expect([second, third]).toEqual([first, first]);
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(next).not.toBe(first);
  });

  test('is not repeated without Web Crypto', async () => {
    vi.stubGlobal('crypto', undefined);
    proxy.loses = () => true;
    try {
      await expect(open().requestOtp({ phone: somePhone() })).rejects.toMatchObject({ code: 'NETWORK' });
    } finally {
      vi.unstubAllGlobals();
    }
    expect(keys()).toEqual([undefined]);
  });
});

describe('a request carries', () => {
  test('the user’s language in the header and the input, and is answered in it', async () => {
    let locale = 'ru';
    const client = open({ locale: () => locale });
    const refusal = as('InvalidPhoneNumber', await client.requestOtp({ phone: '1' }));
    expect(refusal.message).toBe(messagesIn('ru').errors.INVALID_PHONE_NUMBER);
    expect(proxy.asked.at(-1)?.headers['accept-language']).toBe('ru');
    expect(proxy.asked.at(-1)?.variables).toMatchObject({ input: { phone: '1', locale: 'ru' } });
    locale = 'fa';
    as('AttemptNotFound', await client.claimLogin(UNKNOWN));
    const refused = await client.claimLogin(UNKNOWN);
    expect(refused).toMatchObject({ message: messagesIn('fa').errors.ATTEMPT_NOT_FOUND });
    await client.startWhatsAppLogin();
    expect(proxy.asked.at(-1)?.variables).toEqual({ input: { locale: 'fa' } });
  });

  test('X-Phonegate always, and an access token only where the call needs one', async () => {
    const client = open({ locale: 'en' });
    const { gatewayToken } = await signIn(client);
    await client.mySessions();
    expect(proxy.asked.map(({ headers }) => headers['x-phonegate'])).toEqual(['1', '1', '1']);
    expect(proxy.asked.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      `Bearer ${gatewayToken}`,
    ]);
  });
});

describe('the gateway’s url', () => {
  test.each([
    ['/', '/graphql'],
    ['//', '/graphql'],
    ['/?a=b#c', '/graphql'],
    ['/gateway/', '/gateway/graphql'],
  ])('may end with %s', async (end, path) => {
    const realFetch = globalThis.fetch;
    const urls: string[] = [];
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      urls.push(url);
      return realFetch(url, init);
    });
    await open({ url: `${proxy.url}${end}` })
      .loginAttempt(UNKNOWN)
      .catch(() => {});
    vi.unstubAllGlobals();
    expect(urls).toEqual([`${proxy.url}${path}`]);
  });

  test('is required outside a page', () => {
    expect(() => createPhonegate()).toThrow('createPhonegate needs a url');
  });

  test('defaults to the origin of the page', async () => {
    vi.stubGlobal('location', { href: `${proxy.url}/login?a=b` });
    const client = open({ url: undefined as never });
    vi.unstubAllGlobals();
    as('InvalidPhoneNumber', await client.requestOtp({ phone: '1' }));
  });
});

describe('the gateway’s time', () => {
  test('is what now() returns, to a second or two, where the clocks differ', async () => {
    const client = open();
    expect(Math.abs(client.now() - Date.now())).toBeLessThan(50);
    const ahead = 3_600_000;
    proxy.instead = () => ({
      status: 200,
      body: '{"data":{"loginAttempt":null}}',
      headers: { date: new Date(Date.now() + ahead).toUTCString() },
    });
    await client.loginAttempt(UNKNOWN);
    expect(Math.abs(client.now() - Date.now() - ahead)).toBeLessThan(1_100);
  });

  test('can be read by a page of another origin', async () => {
    const headers = { origin: 'https://app.example.com', 'content-type': 'application/json' };
    const answer = await fetch(gateway.graphqlUrl, { method: 'POST', headers, body: '{"query":"{ me { id } }"}' });
    expect(answer.headers.get('access-control-expose-headers')).toBe('Date');
  });
});
