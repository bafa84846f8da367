import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SessionKeeper, Storage } from '../src/index.js';
import { createPhonegate } from '../src/index.js';
import { refreshSession, requestOtp, somePhone } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { endSession } from '../../../test/support/rows.js';
import { graceHasPassed, signIn, verifyStatus } from '../../../test/support/sign-in.js';
import { type Proxy, startProxy } from './proxy.js';
import { TOKEN_LIFETIME_MS, type Browser, MINUTE_MS, asSession, openBrowser, stubLocks } from './tabs.js';

let database: TestDatabase;
let gateway: TestGateway;
let cookies: TestGateway;
let proxy: Proxy;
let browser: Browser;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  [gateway, cookies] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, PUBLIC_URL: 'https://login.example.com', SESSION_COOKIE: 'on' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, cookies].map((one) => one.stop()));
  await database.drop();
});

/** A network and a browser for each test: tabs of another test would receive its messages. */
const open = async (target = gateway) => {
  proxy = await startProxy(target.url);
  browser = openBrowser(proxy.url);
};
afterEach(async () => {
  browser.close();
  vi.unstubAllGlobals();
  await proxy.close();
});

const refreshes = (sessionId: string) =>
  gateway.log.filter((line) => line.event === 'session.refreshed' && line['sessionId'] === sessionId);
const messagesArrive = () => sleep(50); // messages between tabs take a moment
const spyOn = (tab: SessionKeeper) => {
  const over = vi.fn<() => void>();
  tab.onSignedOut(over);
  return over;
};
async function signInAt(tab: SessionKeeper) {
  const session = await signIn(gateway);
  tab.keep(asSession(session));
  return session;
}

describe('one tab', () => {
  test('keeps a session, and calls its subscribers', async () => {
    await open();
    const tab = browser.tab();
    const listener = vi.fn<() => void>();
    const stop = tab.subscribe(listener);
    expect(tab.current()).toBeUndefined();
    expect(await tab.accessToken()).toBeUndefined();
    expect(await tab.restore()).toBeUndefined();
    const session = await signInAt(tab);
    expect(tab.current()).toEqual({
      id: session.id,
      user: session.user,
      accessToken: session.accessToken,
      gatewayToken: session.gatewayToken,
      freshUntil: expect.closeTo(Date.now() + 10 * MINUTE_MS, -3),
    });
    expect(await tab.accessToken()).toBe(session.accessToken);
    expect(await tab.restore()).toBe(tab.current());
    expect(listener.mock.calls).toEqual([[tab.current()]]);
    stop();
    tab.forget();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(proxy.asked).toEqual([]);
  });

  test('restores the session after a reload, and never stores an access token', async () => {
    await open();
    const { id, user, accessToken, refreshToken } = await signInAt(browser.tab());
    expect(browser.stored()).toContain(refreshToken);
    expect(browser.stored()).not.toContain(accessToken);
    browser.close();

    const later = browser.tab();
    expect(later.current()).toBeUndefined();
    const restored = await later.restore();
    expect(restored).toMatchObject({ id, user });
    expect(browser.stored()).not.toContain(refreshToken);
    expect(browser.stored()).not.toContain(restored?.accessToken);
    expect(await verifyStatus(gateway, restored?.accessToken ?? '')).toBe(200);
  });

  test('refreshes a token that has less than 30 s left, and none before', async () => {
    await open();
    const tab = browser.tab();
    const { id, accessToken } = await signInAt(tab);
    browser.pass(9 * MINUTE_MS + 20_000);
    expect(await tab.accessToken()).toBe(accessToken);
    browser.pass(15_000);
    const tokens = await Promise.all([0, 1, 2].map(() => tab.accessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(accessToken);
    expect(refreshes(id)).toHaveLength(1);
  });

  /** Changes the token in an answer to one that lives for 31 s. */
  const shortened = (body: string) =>
    body.replace(/"accessToken":"([^"]+)"/, (_, token: string) => {
      const [head, payload = '', signature] = token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number; exp: number };
      const shorter = Buffer.from(JSON.stringify({ ...claims, iat: claims.exp - 31 })).toString('base64url');
      return `"accessToken":"${head}.${shorter}.${signature}"`;
    });

  test('refreshes by itself before the token expires', async () => {
    await open();
    const tab = browser.tab();
    const session = await signIn(gateway);
    tab.keep(asSession(JSON.parse(shortened(JSON.stringify(session))) as object));
    await expect.poll(() => refreshes(session.id).length, { timeout: 3_000 }).toBe(1);
    await expect.poll(() => tab.current()?.freshUntil).toBeGreaterThan(Date.now() + 9 * MINUTE_MS);
  });

  test('refreshes on a hidden page only when it becomes visible', async () => {
    await open();
    const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
    vi.stubGlobal('document', document);
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('removeEventListener', () => {});
    const tab = browser.tab();
    const session = await signIn(gateway);
    tab.keep(asSession(JSON.parse(shortened(JSON.stringify(session))) as object));
    await sleep(1_500);
    expect(refreshes(session.id)).toHaveLength(0);
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    await expect.poll(() => refreshes(session.id).length).toBe(1);
  });

  test.each([
    ['a day ahead', 24 * 60 * MINUTE_MS],
    ['a year behind', -365 * 24 * 60 * MINUTE_MS],
  ])('uses a token for its whole life on a device whose clock is %s', async (_, wrong) => {
    await open();
    browser.pass(wrong);
    const tab = browser.tab();
    const { id, accessToken } = await signInAt(tab);
    expect(await tab.accessToken()).toBe(accessToken);
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await tab.accessToken()).not.toBe(accessToken);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('refreshes a refused token once for all callers after the clock was set back', async () => {
    await open();
    const tab = browser.tab();
    const { id, accessToken } = await signInAt(tab);
    browser.pass(-60 * MINUTE_MS);
    const tokens = await Promise.all([0, 1, 2].map(() => tab.accessToken(accessToken)));
    expect(new Set(tokens)).toEqual(new Set([tab.current()?.accessToken]));
    expect(tokens[0]).not.toBe(accessToken);
    expect(await tab.accessToken(accessToken)).toBe(tokens[0]);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('calls the other subscribers when one throws, and reports the error', async () => {
    await open();
    const tab = browser.tab();
    const session = asSession(await signIn(gateway));
    tab.subscribe(() => {
      throw new Error('a mistake of the application');
    });
    const listener = vi.fn<() => void>();
    tab.subscribe(listener);
    const reported: (() => void)[] = [];
    vi.stubGlobal('queueMicrotask', (report: () => void) => reported.push(report));
    tab.keep(session);
    vi.unstubAllGlobals();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(() => reported[0]?.()).toThrow('a mistake of the application');
  });
});

describe('a session ends', () => {
  test('by signOut at the gateway, in storage and in every tab, and onSignedOut is called once in each', async () => {
    await open();
    const tabs = [browser.tab(), browser.tab(), browser.tab()] as const;
    const { accessToken, refreshToken } = await signInAt(tabs[0]);
    await messagesArrive();
    const overs = tabs.map(spyOn);
    await tabs[1].signOut();
    await messagesArrive();
    expect(tabs.map((tab) => tab.current())).toEqual([undefined, undefined, undefined]);
    expect(overs.map((over) => over.mock.calls.length)).toEqual([1, 1, 1]);
    expect(browser.stored()).toBe('');
    await expect.poll(() => verifyStatus(gateway, accessToken)).toBe(401);
    expect(await refreshSession(gateway.graphqlUrl, refreshToken)).toMatchObject({ __typename: 'InvalidRefreshToken' });
  });

  test('not by signOut without a network, until it is repeated', async () => {
    await open();
    const tab = browser.tab();
    const { id } = await signInAt(tab);
    const over = spyOn(tab);
    proxy.loses = ({ operation }) => operation === 'SignOut';
    await expect(tab.signOut()).rejects.toMatchObject({ code: 'NETWORK' });
    expect(tab.current()?.id).toBe(id);
    proxy.loses = undefined;
    await tab.signOut(); // the gateway had ended it, which is no error
    expect(over).toHaveBeenCalledTimes(1);
    await tab.signOut();
    expect(over).toHaveBeenCalledTimes(1);
  });

  test('by signOut also when its access token is refused', async () => {
    await open();
    const tab = browser.tab();
    const { accessToken, gatewayToken } = await signInAt(tab);
    proxy.instead = ({ headers }) =>
      headers.authorization === `Bearer ${gatewayToken}`
        ? { status: 200, body: '{"errors":[{"message":"No","extensions":{"code":"UNAUTHENTICATED"}}]}' }
        : undefined;
    await tab.signOut();
    await expect.poll(() => verifyStatus(gateway, accessToken)).toBe(401);
    expect(tab.current()).toBeUndefined();
  });

  test('in every tab when the gateway refuses the refresh token', async () => {
    await open();
    const tabs = Array.from({ length: 5 }, () => browser.tab());
    const { id } = await signInAt(tabs[0] as SessionKeeper);
    await messagesArrive();
    const overs = tabs.map(spyOn);
    await endSession(database, id, 'user');
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await Promise.all(tabs.map((tab) => tab.accessToken()))).toEqual(tabs.map(() => undefined));
    await messagesArrive();
    expect(overs.map((over) => over.mock.calls.length)).toEqual([1, 1, 1, 1, 1]);
    expect(browser.stored()).toBe('');
  });

  test('neither without a network nor with a gateway that is down', async () => {
    await open();
    const tab = browser.tab();
    const { id } = await signInAt(tab);
    const over = spyOn(tab);
    browser.pass(TOKEN_LIFETIME_MS);
    proxy.loses = () => true;
    await expect(tab.accessToken()).rejects.toMatchObject({ code: 'NETWORK' });
    proxy.loses = undefined;
    proxy.instead = () => ({ status: 502, body: '<h1>Bad gateway</h1>' });
    await expect(tab.accessToken()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(browser.tab().restore()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.instead = undefined;
    expect(await tab.accessToken()).toBe(tab.current()?.accessToken);
    expect(tab.current()?.id).toBe(id);
    expect(over).not.toHaveBeenCalled();
  });

  /** After 20 s the gateway would take the same refresh token for stolen, and end the session. */
  test('not by a lost answer to a refresh, which is repeated in time', async () => {
    await open();
    const tab = browser.tab();
    const { id, accessToken } = await signInAt(tab);
    browser.pass(TOKEN_LIFETIME_MS);
    proxy.loses = () => true;
    await expect(tab.accessToken()).rejects.toMatchObject({ code: 'NETWORK' });
    proxy.loses = undefined;
    await expect.poll(() => tab.current()?.accessToken, { timeout: 4_000 }).not.toBe(accessToken);
    await graceHasPassed(database, id);
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await tab.accessToken()).toBeDefined();
  });

  test('not without a network: restore goes on trying, and calls the subscribers when it succeeds', async () => {
    await open();
    const { id } = await signInAt(browser.tab());
    browser.close();
    const tab = browser.tab();
    const listener = vi.fn<() => void>();
    tab.subscribe(listener);
    proxy.loses = () => true;
    await expect(tab.restore()).rejects.toMatchObject({ code: 'NETWORK' });
    proxy.loses = undefined;
    await expect.poll(() => tab.current()?.id, { timeout: 4_000 }).toBe(id);
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe('many tabs', () => {
  test('refresh an expired token once for fifty tabs with Web Locks', async () => {
    await open();
    stubLocks();
    const tabs = Array.from({ length: 50 }, () => browser.tab());
    const { id } = await signInAt(tabs[0] as SessionKeeper);
    await messagesArrive();
    expect(tabs.map((tab) => tab.current()?.id)).toEqual(tabs.map(() => id));
    browser.pass(TOKEN_LIFETIME_MS);
    const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()));
    expect(new Set(tokens)).toEqual(new Set([tabs[0]?.current()?.accessToken]));
    expect(proxy.times('RefreshSession')).toBe(1);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('stay signed in when fifty tabs refresh at once without Web Locks', async () => {
    await open();
    const tabs = Array.from({ length: 50 }, () => browser.tab());
    const { id } = await signInAt(tabs[0] as SessionKeeper);
    await messagesArrive();
    const overs = tabs.map(spyOn);
    for (let life = 0; life < 3; life += 1) {
      browser.pass(TOKEN_LIFETIME_MS);
      const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()));
      for (const token of new Set(tokens)) expect(await verifyStatus(gateway, token ?? '')).toBe(200);
      await graceHasPassed(database, id);
    }
    expect(overs.filter((over) => over.mock.calls.length > 0)).toEqual([]);
    expect(await database.query('SELECT refresh_counter, revoked_at FROM sessions WHERE id = $1', [id])).toEqual([
      { refresh_counter: 3, revoked_at: null },
    ]);
  });

  test('give their session to a tab that is opened later', async () => {
    await open();
    const first = browser.tab();
    const { id, user, accessToken } = await signInAt(first);
    const later = browser.tab();
    expect(await later.restore()).toMatchObject({ id, user, accessToken });
    expect(proxy.asked).toEqual([]);
  });

  test('do not give a stale token to a tab that is opened later, which asks the gateway', async () => {
    await open();
    const first = browser.tab();
    const { id, accessToken } = await signInAt(first);
    browser.pass(TOKEN_LIFETIME_MS);
    const later = browser.tab();
    expect((await later.restore())?.accessToken).not.toBe(accessToken);
    await messagesArrive();
    expect(await first.accessToken()).toBe(later.current()?.accessToken);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('refresh without the lock when it fails or is never granted', async () => {
    await open();
    const tab = browser.tab();
    const { id } = await signInAt(tab);
    vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new Error('SecurityError')) } });
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await tab.accessToken()).toBeDefined();
    expect(refreshes(id)).toHaveLength(1);

    vi.stubGlobal('navigator', {
      locks: {
        request: (_: string, { signal }: { signal: AbortSignal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('AbortError')))),
      },
    });
    browser.pass(TOKEN_LIFETIME_MS);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const token = tab.accessToken();
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect(await token).toBeDefined();
    expect(refreshes(id)).toHaveLength(2);
  });

  test('refresh in the next tab after a refresh that failed in the first', async () => {
    await open();
    stubLocks();
    const [one, other] = [browser.tab(), browser.tab()];
    await signInAt(one);
    await messagesArrive();
    browser.pass(TOKEN_LIFETIME_MS);
    let lost = 0;
    proxy.loses = () => (lost += 1) === 1;
    const [failed, token] = await Promise.allSettled([one.accessToken(), other.accessToken()]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'NETWORK' } });
    expect(token).toMatchObject({ status: 'fulfilled', value: other.current()?.accessToken });
  });
});

describe('races between tabs', () => {
  /** Holds back the answer to one operation until the test releases it. */
  function hold(operation: string) {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    proxy.delays = (asked) => (asked.operation === operation ? held : undefined);
    return { release, reached: () => expect.poll(() => proxy.times(operation)).toBe(1) };
  }

  test.each([
    ['with Web Locks', true],
    ['without', false],
  ])('a sign-in counts that happens while another tab refreshes the earlier session (%s)', async (_, locks) => {
    await open();
    if (locks) stubLocks();
    const [old, fresh] = [browser.tab(), browser.tab()];
    await signInAt(old);
    await messagesArrive();
    browser.pass(TOKEN_LIFETIME_MS);
    const refresh = hold('RefreshSession');
    const token = old.accessToken();
    await refresh.reached();
    const { id, accessToken, refreshToken } = await signInAt(fresh);
    refresh.release();
    expect(await token).toBe(accessToken);
    await messagesArrive();
    expect([old.current()?.id, fresh.current()?.id]).toEqual([id, id]);
    expect(browser.stored()).toContain(refreshToken);
  });

  test('a sign-in counts that happens while another tab learns that the earlier session is over', async () => {
    await open();
    const [old, fresh] = [browser.tab(), browser.tab()];
    const before = await signInAt(old);
    await messagesArrive();
    await endSession(database, before.id, 'user');
    browser.pass(TOKEN_LIFETIME_MS);
    const overs = [old, fresh].map(spyOn);
    const refresh = hold('RefreshSession');
    const token = old.accessToken();
    await refresh.reached();
    const { accessToken } = await signInAt(fresh);
    refresh.release();
    expect(await token).toBe(accessToken);
    expect(overs.map((over) => over.mock.calls.length)).toEqual([0, 0]);
  });

  test('a sign-out counts that happens while another tab refreshes', async () => {
    await open();
    const [one, other] = [browser.tab(), browser.tab()];
    await signInAt(one);
    await messagesArrive();
    browser.pass(TOKEN_LIFETIME_MS);
    const refresh = hold('RefreshSession');
    const token = one.accessToken();
    await refresh.reached();
    other.forget();
    refresh.release();
    expect(await token).toBeUndefined();
    await messagesArrive();
    expect([one.current(), other.current(), browser.stored()]).toEqual([undefined, undefined, '']);
  });

  test('a sign-in counts that happens while another tab signs out of the earlier session', async () => {
    await open();
    const [old, fresh] = [browser.tab(), browser.tab()];
    await signInAt(old);
    await messagesArrive();
    const signOut = hold('SignOut');
    const out = old.signOut();
    await signOut.reached();
    const { id, refreshToken } = await signInAt(fresh);
    await messagesArrive();
    signOut.release();
    await out;
    await messagesArrive();
    expect([old.current()?.id, fresh.current()?.id]).toEqual([id, id]);
    expect(browser.stored()).toContain(refreshToken);
  });

  test('both tabs have the later session when two users sign in at once', async () => {
    await open();
    const [one, other] = [browser.tab(), browser.tab()];
    const sessions = await Promise.all([signIn(gateway), signIn(gateway)]);
    one.keep(asSession(sessions[0]));
    other.keep(asSession(sessions[1]));
    await messagesArrive();
    expect([one.current()?.id, other.current()?.id]).toEqual([sessions[1].id, sessions[1].id]);
    expect(browser.stored()).toContain(sessions[1].refreshToken);
  });

  test('a late answer does not restore an older refresh token', async () => {
    await open();
    const [slow, quick] = [browser.tab(), browser.tab()];
    const { id } = await signInAt(slow);
    await messagesArrive();
    browser.pass(TOKEN_LIFETIME_MS);
    let held = 0;
    let release = () => {};
    const waits = new Promise<void>((resolve) => (release = resolve));
    proxy.delays = () => ((held += 1) === 1 ? waits : undefined);
    const token = slow.accessToken();
    await expect.poll(() => held).toBe(1);
    await quick.accessToken();
    browser.pass(TOKEN_LIFETIME_MS);
    await quick.accessToken();
    const { stored } = browser;
    const before = stored();
    release();
    expect(await verifyStatus(gateway, (await token) ?? '')).toBe(200);
    expect(stored()).toBe(before);
    await graceHasPassed(database, id);
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await slow.accessToken()).toBeDefined();
  });
});

describe('storage', () => {
  const failing = (what: (keyof Storage)[]): Storage => {
    const fails = () => {
      throw new Error('QuotaExceededError');
    };
    const storage = { ...browser.storage };
    for (const name of what) storage[name] = fails;
    return storage;
  };

  test.each<[string, (keyof Storage)[]]>([
    ['every access', ['getItem', 'setItem', 'removeItem']],
    ['writes', ['setItem']],
  ])('that refuses %s keeps the session as long as the page', async (_, what) => {
    await open();
    const tab = browser.tab(failing(what));
    const { id } = await signInAt(tab);
    for (let life = 1; life <= 2; life += 1) {
      browser.pass(TOKEN_LIFETIME_MS);
      expect(await tab.accessToken()).toBeDefined();
      expect(refreshes(id)).toHaveLength(life);
      await graceHasPassed(database, id);
    }
    await tab.signOut();
    expect(tab.current()).toBeUndefined();
  });

  test('that is full keeps no token of an earlier session', async () => {
    await open();
    await signInAt(browser.tab());
    browser.close();
    const tab = browser.tab(failing(['setItem']));
    const { id } = await signInAt(tab);
    expect(browser.stored()).toBe('');
    browser.pass(TOKEN_LIFETIME_MS);
    await tab.accessToken();
    expect(tab.current()?.id).toBe(id);
  });

  test.each([
    '',
    'null',
    '5',
    '"text"',
    '[]',
    '{}',
    '{"sessionId":1,"refreshToken":"x","turn":1}',
    '{"sessionId":"x"',
    '\u0000',
  ])('with another program’s value counts as empty: %j', async (text) => {
    await open();
    browser.storage.setItem(`phonegate:${proxy.url}`, text);
    const tab = browser.tab();
    expect(await tab.restore()).toBeUndefined();
    expect(proxy.asked).toEqual([]);
    await signInAt(tab);
    expect(await browser.tab().restore()).toBeDefined();
  });

  test('with a token that the gateway never issued is cleared, and the user is signed out', async () => {
    await open();
    const text = JSON.stringify({ sessionId: 'x', refreshToken: 'y', turn: 1 });
    browser.storage.setItem(`phonegate:${proxy.url}`, text);
    expect(await browser.tab().restore()).toBeUndefined();
    expect(browser.stored()).toBe('');
  });

  test('that is cleared signs the user out', async () => {
    await open();
    const tab = browser.tab();
    await signInAt(tab);
    const over = spyOn(tab);
    browser.storage.removeItem(`phonegate:${proxy.url}`);
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await tab.accessToken()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });
});

describe('without BroadcastChannel, as in Safari before 15.4', () => {
  const forbidden = () => {
    throw new Error('SecurityError');
  };
  test.each([
    ['it is missing', undefined],
    ['it is forbidden', forbidden],
  ])('tabs follow each other by storage events: %s', async (_, channel) => {
    await open();
    vi.stubGlobal('BroadcastChannel', channel);
    const page = new EventTarget();
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const changed = (key: string | null) => page.dispatchEvent(Object.assign(new Event('storage'), { key }));
    const [one, other] = [browser.tab(), browser.tab()];
    const { id } = await signInAt(one);
    changed(`phonegate:${proxy.url}`);
    await expect.poll(() => other.current()?.id).toBe(id);
    const over = spyOn(other);
    one.forget();
    changed('another key');
    expect(other.current()?.id).toBe(id);
    changed(null);
    expect(other.current()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });
});

describe('with the session in a cookie', () => {
  async function signInByCookie(tab: SessionKeeper) {
    const client = createPhonegate({ url: proxy.url });
    const attempt = await requestOtp(cookies.graphqlUrl, { phone: somePhone() });
    const answer = await client.verifyOtp({ ...attempt, code: cookies.codeOf(attempt.attemptId) });
    client.session.close();
    if (answer.__typename !== 'Session') throw new Error(answer.__typename);
    tab.keep(answer);
    return answer;
  }

  test('no token is stored, and the cookie refreshes, restores and is removed by signOut', async () => {
    await open(cookies);
    proxy.cookies = new Map();
    const tab = browser.tab();
    const { id, accessToken, refreshToken } = await signInByCookie(tab);
    expect(refreshToken).toBe('');
    expect(JSON.parse(browser.stored())).toEqual({ sessionId: id, refreshToken: '', turn: 1 });
    const before = proxy.cookies.get('__Host-phonegate-refresh');
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await tab.accessToken()).not.toBe(accessToken);
    expect(proxy.cookies.get('__Host-phonegate-refresh')).not.toBe(before);
    browser.close();

    const later = browser.tab();
    expect((await later.restore())?.id).toBe(id);
    await later.signOut();
    // By it, the gateway recognizes this browser at the next sign-in. It opens nothing.
    expect([...proxy.cookies.keys()]).toEqual(['__Host-phonegate-device']);
    expect(browser.stored()).toBe('');
  });

  test('the session is over without the cookie', async () => {
    await open(cookies);
    proxy.cookies = new Map();
    const tab = browser.tab();
    await signInByCookie(tab);
    const over = spyOn(tab);
    proxy.cookies.clear();
    browser.pass(TOKEN_LIFETIME_MS);
    expect(await tab.accessToken()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });

  test('the tabs take over the session of a user who has signed in elsewhere in this browser', async () => {
    await open(cookies);
    proxy.cookies = new Map();
    const [tab, other] = [browser.tab(), browser.tab()];
    await signInByCookie(tab);
    await messagesArrive();
    const elsewhere = openBrowser(`${proxy.url}/elsewhere`);
    const { id } = await signInByCookie(elsewhere.tab());
    elsewhere.close();
    browser.pass(TOKEN_LIFETIME_MS);
    await tab.accessToken();
    await messagesArrive();
    expect([tab.current()?.id, other.current()?.id]).toEqual([id, id]);
  });
});
