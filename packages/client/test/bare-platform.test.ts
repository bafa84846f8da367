import { webcrypto } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { type Rolldown, build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PhonegateOptions } from '../src/index.js';
import type * as Client from '../src/index.js';
import { deliverWebhook, incomingText, somePhone } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { verifyStatus } from '../../../test/support/sign-in.js';
import { createAsyncStorage } from './async-storage.js';
import { type Proxy, startProxy } from './proxy.js';

/** The built client in a world that has the language, and of the web only what the client says it needs. */
let client: typeof Client;
let world: object;
let database: TestDatabase;
let gateway: TestGateway;
let proxy: Proxy;

beforeAll(async () => {
  const built = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: fileURLToPath(import.meta.resolve('@phonegate/client')),
        preserveEntrySignatures: 'strict',
        output: { format: 'iife', name: 'client' },
      },
    },
  })) as Rolldown.RolldownOutput;
  world = createContext({ fetch: nativeFetch, setTimeout, clearTimeout, AbortController });
  client = runInContext(`${built.output[0].code};client`, world) as typeof Client;
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, APPLICATIONS: 'mobile=com.example.app:/signed-in' });
  proxy = await startProxy(gateway.url);
});
afterAll(async () => {
  await proxy.close();
  await gateway.stop();
  await database.drop();
});

/** As in React Native: the answer has no stream, and comes when it is whole. */
async function nativeFetch(url: string, init: RequestInit) {
  const response = await fetch(url, init);
  const { ok, status, headers } = response;
  const text = await response.text();
  return { ok, status, headers, json: async () => JSON.parse(text) as unknown };
}

const open = (options: Partial<PhonegateOptions> = {}) => client.createPhonegate({ url: `${proxy.url}/`, ...options });

const ABSENT = `window location atob btoa URL URLSearchParams localStorage sessionStorage document navigator BroadcastChannel
  crypto WebSocket TextDecoder TextEncoder ReadableStream AbortSignal queueMicrotask addEventListener history Buffer process
  structuredClone`;

test.each(ABSENT.split(/\s+/))('this world has no %s', (name) => {
  expect(runInContext(`typeof ${name}`, world)).toBe('undefined');
});

describe('where only fetch, timers and AbortController exist, the client', () => {
  test('signs in by code, finds the session after a restart, refreshes it and signs out', async () => {
    const storage = createAsyncStorage();
    const first = open({ storage });
    expect(first.url).toBe(proxy.url);
    const phone = somePhone();
    const attempt = await first.requestOtp({ phone });
    if (attempt.__typename !== 'OtpRequested') throw new Error(attempt.__typename);
    const code = gateway.codeOf(attempt.attemptId);
    expect(await first.verifyOtp({ ...attempt, code })).toMatchObject({ __typename: 'Session', user: { phone } });
    expect((await first.updateMe({ name: 'Айгүл' })).__typename).toBe('User');
    await expect.poll(() => storage.disk.has(`phonegate:${proxy.url}`)).toBe(true);
    first.session.close();

    const later = open({ storage });
    const restored = await later.session.restore();
    expect(restored?.user).toMatchObject({ phone, name: 'Айгүл' });
    const token = (await later.session.accessToken(restored?.accessToken)) ?? '';
    expect(token).not.toBe(restored?.accessToken);
    expect(await verifyStatus(gateway, token)).toBe(200);
    expect(await later.request('{ me { phone } }')).toEqual({ me: { phone } });
    await later.session.signOut();
    await expect.poll(() => verifyStatus(gateway, token)).toBe(401);
    expect(later.session.current()).toBeUndefined();
    later.session.close();
  });

  test('watches a login by WhatsApp by polling', async () => {
    const phonegate = open();
    const login = await phonegate.startWhatsAppLogin();
    if (login.__typename !== 'WhatsAppLogin') throw new Error(login.__typename);
    const statuses: string[] = [];
    for await (const { status } of phonegate.watchLogin(login)) {
      statuses.push(status);
      if (status === 'PENDING') void deliverWebhook(gateway.url, incomingText(login.loginMessage, somePhone()));
    }
    expect(statuses).toEqual(['PENDING', 'COMPLETED']);
    expect(proxy.times('LoginAttemptStatus')).toBe(0);
    expect((await phonegate.claimLogin(login)).__typename).toBe('Session');
    phonegate.session.close();
  });

  test('creates a redirect with the crypto that it is given, and exchanges the code', async () => {
    const crypto = webcrypto as unknown as NonNullable<PhonegateOptions['crypto']>;
    const phonegate = open({ crypto, clientId: 'mobile' });
    const redirectUri = 'com.example.app:/signed-in';
    const { url, state, codeVerifier } = await phonegate.createRedirect(redirectUri);
    const query = new URL(url).searchParams;
    expect(url.startsWith(`${proxy.url}/login?`)).toBe(true);
    expect(query.get('state')).toBe(state);

    // What the gateway's login page does.
    const page = open();
    const attempt = await page.requestOtp({ phone: somePhone() });
    if (attempt.__typename !== 'OtpRequested') throw new Error(attempt.__typename);
    await page.verifyOtp({ ...attempt, code: gateway.codeOf(attempt.attemptId) });
    const answer = await page.createAuthorizationCode({
      clientId: query.get('client_id') ?? '',
      redirectUri: query.get('redirect_uri') ?? '',
      state,
      codeChallenge: query.get('code_challenge'),
      codeChallengeMethod: query.get('code_challenge_method'),
    });
    if (answer.__typename !== 'AuthorizationCode') throw new Error(answer.__typename);
    const returned = new URL(answer.redirectTo).searchParams;
    expect(returned.get('state')).toBe(state);

    const code = returned.get('code') ?? '';
    const wrong = await phonegate.exchangeAuthorizationCode({ code, redirectUri, codeVerifier: 'x'.repeat(43) });
    expect(wrong.__typename).toBe('InvalidAuthorizationCode');
    const session = await phonegate.exchangeAuthorizationCode({ code, redirectUri, codeVerifier });
    expect(session.__typename).toBe('Session');
    expect(phonegate.session.current()).toBeDefined();
    for (const { session: one } of [page, phonegate]) one.close();
  });

  test('throws a code for what needs a page or Web Crypto', async () => {
    const phonegate = open();
    for (const call of [phonegate.startRedirect(), phonegate.completeRedirect()])
      await expect(call).rejects.toMatchObject({
        name: 'PhonegateError',
        code: 'PAGE_REQUIRED',
        message: expect.stringContaining('createRedirect'),
      });
    await expect(open({ clientId: 'mobile' }).createRedirect('com.example.app:/signed-in')).rejects.toMatchObject({
      name: 'PhonegateError',
      code: 'CRYPTO_REQUIRED',
    });
  });

  test('throws CLIENT_ID_REQUIRED for a redirect of an application without an id', async () => {
    await expect(open().createRedirect('com.example.app:/signed-in')).rejects.toMatchObject({
      name: 'PhonegateError',
      code: 'CLIENT_ID_REQUIRED',
      message: expect.stringContaining('clientId'),
    });
  });

  test('throws UNAVAILABLE for an answer that is no JSON, whichever world its error is of', async () => {
    proxy.instead = () => ({ status: 502, body: '<h1>Bad gateway</h1>' });
    await expect(open().requestOtp({ phone: '7' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.instead = undefined;
  });

  test('reports an error of a listener, and calls the others', async () => {
    const phonegate = open();
    const reported: unknown[] = [];
    const onError = (error: unknown) => void reported.push(error);
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', onError);
    phonegate.session.subscribe(() => {
      throw new Error('a mistake of the application');
    });
    let called = 0;
    phonegate.session.subscribe(() => void (called += 1));
    const attempt = await phonegate.requestOtp({ phone: somePhone() });
    if (attempt.__typename !== 'OtpRequested') throw new Error(attempt.__typename);
    await phonegate.verifyOtp({ ...attempt, code: gateway.codeOf(attempt.attemptId) });
    await expect.poll(() => reported).toMatchObject([{ message: 'a mistake of the application' }]);
    process.removeListener('uncaughtException', onError);
    for (const listener of before) process.on('uncaughtException', listener);
    expect(called).toBe(1);
    phonegate.session.close();
  });
});
