import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { messagesIn } from '../../../src/locales/messages.js';
import { type Phonegate, type PhonegateOptions, createPhonegate } from '../../../src/web/client/index.js';
import { createMemory } from '../../../src/web/client/session/session-store.js';
import { deliverWebhook, incomingText, somePhone, wrongCode } from '../../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { freePort } from '../../support/ports.js';
import { allowResend, endSession } from '../../support/rows.js';
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
    startGateway({ ...env, ALLOWED_ORIGINS: 'https://app.example.com' }),
    startGateway({ ...env, ALLOWED_COUNTRIES: 'KG' }),
    // No WhatsApp, and a provider that nobody reaches.
    startGateway({
      ...env,
      NODE_ENV: 'production',
      GREEN_API_ID_INSTANCE: '',
      KAVENEGAR_URL: `http://127.0.0.1:${await freePort()}`,
      KAVENEGAR_API_KEY: 'an-invented-key',
      KAVENEGAR_TEMPLATE: 'verify',
      KAVENEGAR_CALLBACK_SECRET: 'an-invented-secret-for-callbacks',
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

/** An answer that must be of this kind, with its fields. */
function as<Answer extends { __typename: string }, Name extends Answer['__typename']>(name: Name, answer: Answer) {
  expect(answer).toMatchObject({ __typename: name });
  return answer as Extract<Answer, { __typename: Name }>;
}

const NOBODY = { attemptId: '00000000-0000-7000-8000-000000000000', secret: 'nothing' };

async function requested(client: Phonegate, phone = somePhone()) {
  const attempt = as('OtpRequested', await client.requestOtp({ phone }));
  return { ...attempt, code: gateway.codeOf(attempt.attemptId) };
}
const mayResend = (attemptId: string) => allowResend(database, attemptId);

async function signIn(client: Phonegate) {
  return as('Session', await client.verifyOtp(await requested(client)));
}

describe('by a code', () => {
  test('requestOtp, then verifyOtp: the session is kept', async () => {
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

  test('requestOtp says what it does not take', async () => {
    const client = open();
    as('InvalidPhoneNumber', await client.requestOtp({ phone: '12' }));
    as('PhoneNotAllowed', await open({ url: kyrgyz.url }).requestOtp({ phone: somePhone() }));
    as('DeliveryFailed', await open({ url: unlucky.url }).requestOtp({ phone: somePhone() }));
    const phone = somePhone();
    for (let turn = 0; turn < 3; turn += 1) await requested(client, phone);
    const { code, retryAfterSeconds } = as('RateLimited', await client.requestOtp({ phone }));
    expect(code).toBe('RATE_LIMITED');
    expect(retryAfterSeconds).toBeGreaterThan(0);
  });

  test('resendOtp sends the same attempt again, given as it was answered', async () => {
    const client = open();
    const attempt = await requested(client);
    expect(as('RateLimited', await client.resendOtp(attempt)).retryAfterSeconds).toBeGreaterThan(50);
    await mayResend(attempt.attemptId);
    const again = as('OtpRequested', await client.resendOtp(attempt));
    expect(again).toMatchObject({ attemptId: attempt.attemptId, secret: attempt.secret });
    as('AttemptNotFound', await client.resendOtp(NOBODY));
    await client.cancelLogin(attempt);
    expect(as('AttemptClosed', await client.resendOtp(attempt)).status).toBe('CANCELED');
  });

  test('verifyOtp says why not', async () => {
    const client = open();
    const phone = somePhone();
    const [first, second, third] = [
      await requested(client, phone),
      await requested(client, phone),
      await requested(client, phone),
    ];
    const guess = (attempt: typeof first) => client.verifyOtp({ ...attempt, code: wrongCode(attempt.code) });
    expect(as('IncorrectCode', await guess(first)).triesLeft).toBe(4);
    as('AttemptNotFound', await client.verifyOtp({ ...NOBODY, code: '123456' }));
    for (let turn = 0; turn < 4; turn += 1) await guess(first);
    expect(as('AttemptClosed', await client.verifyOtp(first))).toMatchObject({
      status: 'FAILED',
      failureReason: 'TOO_MANY_TRIES',
    });
    for (let turn = 0; turn < 5; turn += 1) await guess(second);
    expect(as('RateLimited', await client.verifyOtp(third)).retryAfterSeconds).toBeGreaterThan(0);
    expect(client.session.current()).toBeUndefined();
  });
});

describe('by WhatsApp', () => {
  test('startWhatsAppLogin, the message, claimLogin: the session is kept, and a repeat gives the same', async () => {
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

  test('why not', async () => {
    const client = open();
    as('MethodUnavailable', await open({ url: unlucky.url }).startWhatsAppLogin());
    as('AttemptNotFound', await client.claimLogin(NOBODY));
    as('AttemptNotFound', await client.cancelLogin(NOBODY));
    expect(await client.loginAttempt(NOBODY)).toBeNull();
    const login = as('WhatsAppLogin', await client.startWhatsAppLogin());
    expect(as('LoginAttempt', await client.cancelLogin(login)).status).toBe('CANCELED');
    as('AttemptClosed', await client.claimLogin(login));
    as('AttemptClosed', await client.cancelLogin(login));
  });

  test('too many at once from one address', async () => {
    const behind = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
    Object.assign(proxy, { target: behind.url, from: '203.0.113.7' });
    const client = open();
    await Promise.all(Array.from({ length: 60 }, () => client.startWhatsAppLogin()));
    expect(as('RateLimited', await client.startWhatsAppLogin()).retryAfterSeconds).toBeGreaterThan(0);
    await behind.stop();
  });
});

describe('devices', () => {
  test('mySessions, revokeSession, revokeOtherSessions', async () => {
    const [here, there] = [open(), open({ storage: createMemory() })];
    const phone = somePhone();
    const mine = as('Session', await here.verifyOtp(await requested(here, phone)));
    const theirs = as('Session', await there.verifyOtp(await requested(there, phone)));
    const listed = await here.mySessions();
    expect(Object.fromEntries(listed.map(({ id, current }) => [id, current]))).toEqual({
      [mine.id]: true,
      [theirs.id]: false,
    });
    as('SessionNotFound', await here.revokeSession('00000000-0000-7000-8000-000000000000'));
    expect(as('SessionRevoked', await here.revokeSession(theirs.id)).sessionId).toBe(theirs.id);
    expect(as('OtherSessionsRevoked', await here.revokeOtherSessions()).count).toBe(0);
  });

  test('nobody signed in: UNAUTHENTICATED', async () => {
    const client = open();
    await expect(client.mySessions()).rejects.toMatchObject({ name: 'PhonegateError', code: 'UNAUTHENTICATED' });
  });

  test('signed out from another device: UNAUTHENTICATED, and signed out here', async () => {
    const client = open();
    const over = vi.fn<() => void>();
    const { id } = await signIn(client);
    client.session.onSignedOut(over);
    await endSession(database, id, 'user');
    await expect.poll(() => client.mySessions().catch(({ code }: { code: string }) => code)).toBe('UNAUTHENTICATED');
    expect(client.session.current()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });

  /** As when somebody sets the clock of the device: the token looks fresh, and is not. */
  test('a token that is refused though its session goes on is refreshed, and nobody notices', async () => {
    const client = open();
    const { id, accessToken } = await signIn(client);
    proxy.instead = ({ headers }) =>
      headers.authorization === `Bearer ${accessToken}`
        ? {
            status: 200,
            body: JSON.stringify({ errors: [{ message: 'No', extensions: { code: 'UNAUTHENTICATED' } }] }),
          }
        : undefined;
    expect((await client.mySessions()).map((one) => one.id)).toEqual([id]);
    expect(client.session.current()?.accessToken).not.toBe(accessToken);
    proxy.instead = undefined;
    expect(await client.session.accessToken(accessToken)).toBe(client.session.current()?.accessToken);
    expect(proxy.times('RefreshSession')).toBe(1);
  });
});

describe('what no answer says is thrown', () => {
  const thrownBy = (client: Phonegate) => client.requestOtp({ phone: somePhone() }).catch((error: unknown) => error);

  test('NETWORK: nobody there, a connection that breaks', async () => {
    expect(await thrownBy(open({ url: `http://127.0.0.1:${await freePort()}` }))).toMatchObject({
      name: 'PhonegateError',
      code: 'NETWORK',
      cause: expect.any(Error),
    });
    proxy.loses = () => true;
    expect(await thrownBy(open())).toMatchObject({ code: 'NETWORK' });
  });

  test.each([
    ['a page of a proxy', 502, '<html><h1>502 Bad Gateway</h1></html>'],
    ['a page of a hotel’s wireless network', 200, '<html>Please accept our terms</html>'],
    ['nothing', 504, ''],
    ['JSON of something else', 500, '{"error":"INTERNAL_SERVER_ERROR"}'],
    ['null', 200, 'null'],
    ['a word', 200, '"hello"'],
    ['errors that are none', 200, '{"errors":"many"}'],
    ['an empty list of errors', 200, '{"errors":[]}'],
    ['null for data', 200, '{"data":null}'],
  ])('UNAVAILABLE: %s', async (_, status, body) => {
    proxy.instead = () => ({ status, body, headers: { 'content-type': 'text/html' } });
    expect(await thrownBy(open())).toMatchObject({ name: 'PhonegateError', code: 'UNAVAILABLE' });
  });

  test('the gateway’s own code, where it has one', async () => {
    const body = JSON.stringify({ errors: [{ message: 'Later', extensions: { code: 'UNAVAILABLE' } }] });
    proxy.instead = () => ({ status: 200, body });
    expect(await thrownBy(open())).toMatchObject({ code: 'UNAVAILABLE', message: 'Later' });
  });

  test('NETWORK when nobody answers in time', async () => {
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

  /** The code is spent, and the person is signed in at the gateway only. */
  test('when the answer to verifyOtp is lost, claimLogin gives the session', async () => {
    const client = open();
    const attempt = await requested(client);
    proxy.loses = ({ operation }) => operation === 'VerifyOtp';
    await expect(client.verifyOtp(attempt)).rejects.toMatchObject({ code: 'NETWORK' });
    as('Session', await client.claimLogin(attempt));
    expect(client.session.current()).toBeDefined();
  });
});

describe('what goes along', () => {
  test('the language: in the header, with the code, and in what is answered', async () => {
    let locale = 'ru';
    const client = open({ locale: () => locale });
    const said = as('InvalidPhoneNumber', await client.requestOtp({ phone: '1' }));
    expect(said.message).toBe(messagesIn('ru').errors.INVALID_PHONE_NUMBER);
    expect(proxy.asked.at(-1)?.headers['accept-language']).toBe('ru');
    expect(proxy.asked.at(-1)?.variables).toEqual({ input: { phone: '1', locale: 'ru' } });
    locale = 'fa';
    as('AttemptNotFound', await client.claimLogin(NOBODY));
    const refused = await client.claimLogin(NOBODY);
    expect(refused).toMatchObject({ message: messagesIn('fa').errors.ATTEMPT_NOT_FOUND });
    await client.startWhatsAppLogin();
    expect(proxy.asked.at(-1)?.variables).toEqual({ input: { locale: 'fa' } });
  });

  test('X-Phonegate always, an access token only where it is needed', async () => {
    const client = open({ locale: 'en' });
    const { accessToken } = await signIn(client);
    await client.mySessions();
    expect(proxy.asked.map(({ headers }) => headers['x-phonegate'])).toEqual(['1', '1', '1']);
    expect(proxy.asked.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      `Bearer ${accessToken}`,
    ]);
  });
});

describe('the address', () => {
  test.each([
    ['/', '/graphql'],
    ['//', '/graphql'],
    ['/?a=b#c', '/graphql'],
    ['/gateway/', '/gateway/graphql'],
  ])('is taken with or without a slash, and with a path: %s', async (end, path) => {
    const realFetch = globalThis.fetch;
    const urls: string[] = [];
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      urls.push(url);
      return realFetch(url, init);
    });
    await open({ url: `${proxy.url}${end}` })
      .loginAttempt(NOBODY)
      .catch(() => {});
    vi.unstubAllGlobals();
    expect(urls).toEqual([`${proxy.url}${path}`]);
  });

  test('must be given where there is no page', () => {
    expect(() => createPhonegate()).toThrow('createPhonegate needs a url');
  });

  test('is that of the page where there is one', async () => {
    vi.stubGlobal('location', { href: `${proxy.url}/login?a=b` });
    const client = open({ url: undefined as never });
    vi.unstubAllGlobals();
    as('InvalidPhoneNumber', await client.requestOtp({ phone: '1' }));
  });
});

describe('the time', () => {
  test('a gateway on another clock: now() is its time, to a second or two', async () => {
    const client = open();
    expect(Math.abs(client.now() - Date.now())).toBeLessThan(50);
    const ahead = 3_600_000;
    proxy.instead = () => ({
      status: 200,
      body: '{"data":{"loginAttempt":null}}',
      headers: { date: new Date(Date.now() + ahead).toUTCString() },
    });
    await client.loginAttempt(NOBODY);
    expect(Math.abs(client.now() - Date.now() - ahead)).toBeLessThan(1_100);
  });

  test('a page of another origin may read it', async () => {
    const headers = { origin: 'https://app.example.com', 'content-type': 'application/json' };
    const answer = await fetch(gateway.graphqlUrl, { method: 'POST', headers, body: '{"query":"{ me { id } }"}' });
    expect(answer.headers.get('access-control-expose-headers')).toBe('Date');
  });
});
