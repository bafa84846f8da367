import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SessionKeeper, Storage } from '../../../src/web/client/index.js';
import { createPhonegate } from '../../../src/web/client/index.js';
import { refreshSession, requestOtp, somePhone } from '../../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../support/gateway.js';
import { endSession } from '../../support/rows.js';
import { graceHasPassed, signIn, verifyStatus } from '../../sessions/person.js';
import { type Proxy, startProxy } from './proxy.js';
import { A_LIFE_MS, type Browser, MINUTE_MS, asSession, openBrowser, stubLocks } from './tabs.js';

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

/** A network and a browser of their own for each test: a tab of another one would be heard. */
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
const heard = () => sleep(50); // what tabs tell each other is under way for a moment
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
  test('keeps a session, and tells who listens', async () => {
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

  test('after a reload finds it again, and never has an access token in storage', async () => {
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

  test('refreshes when less than half a minute is left, and not before', async () => {
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

  /** The answer's token says that it lives for 31 s. */
  const short = (body: string) =>
    body.replace(/"accessToken":"([^"]+)"/, (_, token: string) => {
      const [head, payload = '', signature] = token.split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number; exp: number };
      const shorter = Buffer.from(JSON.stringify({ ...claims, iat: claims.exp - 31 })).toString('base64url');
      return `"accessToken":"${head}.${shorter}.${signature}"`;
    });

  test('refreshes by itself, ahead of time', async () => {
    await open();
    const tab = browser.tab();
    const session = await signIn(gateway);
    tab.keep(asSession(JSON.parse(short(JSON.stringify(session))) as object));
    await expect.poll(() => refreshes(session.id).length, { timeout: 3_000 }).toBe(1);
    await expect.poll(() => tab.current()?.freshUntil).toBeGreaterThan(Date.now() + 9 * MINUTE_MS);
  });

  test('but not on a page that nobody looks at, until somebody does', async () => {
    await open();
    const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
    vi.stubGlobal('document', document);
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('removeEventListener', () => {});
    const tab = browser.tab();
    const session = await signIn(gateway);
    tab.keep(asSession(JSON.parse(short(JSON.stringify(session))) as object));
    await sleep(1_500);
    expect(refreshes(session.id)).toHaveLength(0);
    document.visibilityState = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    await expect.poll(() => refreshes(session.id).length).toBe(1);
  });

  test.each([
    ['a day ahead', 24 * 60 * MINUTE_MS],
    ['a year behind', -365 * 24 * 60 * MINUTE_MS],
  ])('a device whose clock is %s: a token is as fresh as it is', async (_, wrong) => {
    await open();
    browser.pass(wrong);
    const tab = browser.tab();
    const { id, accessToken } = await signInAt(tab);
    expect(await tab.accessToken()).toBe(accessToken);
    browser.pass(A_LIFE_MS);
    expect(await tab.accessToken()).not.toBe(accessToken);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('a clock that is put back: a token that is refused is refreshed, once for all who ask', async () => {
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

  test('a listener that fails keeps nobody else from being told, and is reported', async () => {
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

describe('the end', () => {
  test('signOut ends it at the gateway, in storage and in every tab; onSignedOut is called once each', async () => {
    await open();
    const tabs = [browser.tab(), browser.tab(), browser.tab()] as const;
    const { accessToken, refreshToken } = await signInAt(tabs[0]);
    await heard();
    const overs = tabs.map(spyOn);
    await tabs[1].signOut();
    await heard();
    expect(tabs.map((tab) => tab.current())).toEqual([undefined, undefined, undefined]);
    expect(overs.map((over) => over.mock.calls.length)).toEqual([1, 1, 1]);
    expect(browser.stored()).toBe('');
    await expect.poll(() => verifyStatus(gateway, accessToken)).toBe(401);
    expect(await refreshSession(gateway.graphqlUrl, refreshToken)).toMatchObject({ __typename: 'InvalidRefreshToken' });
  });

  test('signOut without a network is not over', async () => {
    await open();
    const tab = browser.tab();
    const { id } = await signInAt(tab);
    const over = spyOn(tab);
    proxy.loses = ({ operation }) => operation === 'SignOut';
    await expect(tab.signOut()).rejects.toMatchObject({ code: 'NETWORK' });
    expect(tab.current()?.id).toBe(id);
    proxy.loses = undefined;
    await tab.signOut(); // it was over at the gateway, and that is no error
    expect(over).toHaveBeenCalledTimes(1);
    await tab.signOut();
    expect(over).toHaveBeenCalledTimes(1);
  });

  test('signOut with a token that the clock has kept too long still ends the session at the gateway', async () => {
    await open();
    const tab = browser.tab();
    const { accessToken } = await signInAt(tab);
    proxy.instead = ({ headers }) =>
      headers.authorization === `Bearer ${accessToken}`
        ? { status: 200, body: '{"errors":[{"message":"No","extensions":{"code":"UNAUTHENTICATED"}}]}' }
        : undefined;
    await tab.signOut();
    await expect.poll(() => verifyStatus(gateway, accessToken)).toBe(401);
    expect(tab.current()).toBeUndefined();
  });

  test('a refresh token that is refused signs out every tab', async () => {
    await open();
    const tabs = Array.from({ length: 5 }, () => browser.tab());
    const { id } = await signInAt(tabs[0] as SessionKeeper);
    await heard();
    const overs = tabs.map(spyOn);
    await endSession(database, id, 'user');
    browser.pass(A_LIFE_MS);
    expect(await Promise.all(tabs.map((tab) => tab.accessToken()))).toEqual(tabs.map(() => undefined));
    await heard();
    expect(overs.map((over) => over.mock.calls.length)).toEqual([1, 1, 1, 1, 1]);
    expect(browser.stored()).toBe('');
  });

  test('no network, or a gateway that is down, signs nobody out', async () => {
    await open();
    const tab = browser.tab();
    const { id } = await signInAt(tab);
    const over = spyOn(tab);
    browser.pass(A_LIFE_MS);
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

  /** Twenty seconds later the same refresh token would be a thief's, and the session over. */
  test('when the answer to a refresh is lost, it asks again by itself', async () => {
    await open();
    const tab = browser.tab();
    const { id, accessToken } = await signInAt(tab);
    browser.pass(A_LIFE_MS);
    proxy.loses = () => true;
    await expect(tab.accessToken()).rejects.toMatchObject({ code: 'NETWORK' });
    proxy.loses = undefined;
    await expect.poll(() => tab.current()?.accessToken, { timeout: 4_000 }).not.toBe(accessToken);
    await graceHasPassed(database, id);
    browser.pass(A_LIFE_MS);
    expect(await tab.accessToken()).toBeDefined();
  });

  test('restore without a network goes on trying, and tells when it has found out', async () => {
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
  test('fifty that ask at expiry: one refresh, by Web Locks', async () => {
    await open();
    stubLocks();
    const tabs = Array.from({ length: 50 }, () => browser.tab());
    const { id } = await signInAt(tabs[0] as SessionKeeper);
    await heard();
    expect(tabs.map((tab) => tab.current()?.id)).toEqual(tabs.map(() => id));
    browser.pass(A_LIFE_MS);
    const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()));
    expect(new Set(tokens)).toEqual(new Set([tabs[0]?.current()?.accessToken]));
    expect(proxy.times('RefreshSession')).toBe(1);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('without Web Locks all may ask, and nobody is signed out, now or later', async () => {
    await open();
    const tabs = Array.from({ length: 50 }, () => browser.tab());
    const { id } = await signInAt(tabs[0] as SessionKeeper);
    await heard();
    const overs = tabs.map(spyOn);
    for (let life = 0; life < 3; life += 1) {
      browser.pass(A_LIFE_MS);
      const tokens = await Promise.all(tabs.map((tab) => tab.accessToken()));
      for (const token of new Set(tokens)) expect(await verifyStatus(gateway, token ?? '')).toBe(200);
      await graceHasPassed(database, id);
    }
    expect(overs.filter((over) => over.mock.calls.length > 0)).toEqual([]);
    expect(await database.query('SELECT refresh_counter, revoked_at FROM sessions WHERE id = $1', [id])).toEqual([
      { refresh_counter: 3, revoked_at: null },
    ]);
  });

  test('a tab that is opened later takes what another has', async () => {
    await open();
    const first = browser.tab();
    const { id, user, accessToken } = await signInAt(first);
    const later = browser.tab();
    expect(await later.restore()).toMatchObject({ id, user, accessToken });
    expect(proxy.asked).toEqual([]);
  });

  test('or asks the gateway, when what another has is stale', async () => {
    await open();
    const first = browser.tab();
    const { id, accessToken } = await signInAt(first);
    browser.pass(A_LIFE_MS);
    const later = browser.tab();
    expect((await later.restore())?.accessToken).not.toBe(accessToken);
    await heard();
    expect(await first.accessToken()).toBe(later.current()?.accessToken);
    expect(refreshes(id)).toHaveLength(1);
  });

  test('a lock that fails, or that nobody gets: it goes on without', async () => {
    await open();
    const tab = browser.tab();
    const { id } = await signInAt(tab);
    vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new Error('SecurityError')) } });
    browser.pass(A_LIFE_MS);
    expect(await tab.accessToken()).toBeDefined();
    expect(refreshes(id)).toHaveLength(1);

    vi.stubGlobal('navigator', {
      locks: {
        request: (_: string, { signal }: { signal: AbortSignal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('AbortError')))),
      },
    });
    browser.pass(A_LIFE_MS);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const token = tab.accessToken();
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    expect(await token).toBeDefined();
    expect(refreshes(id)).toHaveLength(2);
  });

  test('a refresh that fails in one tab, with a lock, fails there only', async () => {
    await open();
    stubLocks();
    const [one, other] = [browser.tab(), browser.tab()];
    await signInAt(one);
    await heard();
    browser.pass(A_LIFE_MS);
    let lost = 0;
    proxy.loses = () => (lost += 1) === 1;
    const [failed, token] = await Promise.allSettled([one.accessToken(), other.accessToken()]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'NETWORK' } });
    expect(token).toMatchObject({ status: 'fulfilled', value: other.current()?.accessToken });
  });
});

describe('races between tabs', () => {
  /** Holds back what one operation is answered, until the test lets it go. */
  function hold(operation: string) {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    proxy.delays = (asked) => (asked.operation === operation ? held : undefined);
    return { letGo, reached: () => expect.poll(() => proxy.times(operation)).toBe(1) };
  }

  test.each([
    ['with Web Locks', true],
    ['without', false],
  ])(
    'somebody signs in in one tab while another refreshes the session before: theirs counts (%s)',
    async (_, locks) => {
      await open();
      if (locks) stubLocks();
      const [old, fresh] = [browser.tab(), browser.tab()];
      await signInAt(old);
      await heard();
      browser.pass(A_LIFE_MS);
      const refresh = hold('RefreshSession');
      const token = old.accessToken();
      await refresh.reached();
      const { id, accessToken, refreshToken } = await signInAt(fresh);
      refresh.letGo();
      expect(await token).toBe(accessToken);
      await heard();
      expect([old.current()?.id, fresh.current()?.id]).toEqual([id, id]);
      expect(browser.stored()).toContain(refreshToken);
    },
  );

  test('and so where the session before is over', async () => {
    await open();
    const [old, fresh] = [browser.tab(), browser.tab()];
    const before = await signInAt(old);
    await heard();
    await endSession(database, before.id, 'user');
    browser.pass(A_LIFE_MS);
    const overs = [old, fresh].map(spyOn);
    const refresh = hold('RefreshSession');
    const token = old.accessToken();
    await refresh.reached();
    const { accessToken } = await signInAt(fresh);
    refresh.letGo();
    expect(await token).toBe(accessToken);
    expect(overs.map((over) => over.mock.calls.length)).toEqual([0, 0]);
  });

  test('somebody signs out in one tab while another refreshes: nobody is signed in again', async () => {
    await open();
    const [one, other] = [browser.tab(), browser.tab()];
    await signInAt(one);
    await heard();
    browser.pass(A_LIFE_MS);
    const refresh = hold('RefreshSession');
    const token = one.accessToken();
    await refresh.reached();
    other.forget();
    refresh.letGo();
    expect(await token).toBeUndefined();
    await heard();
    expect([one.current(), other.current(), browser.stored()]).toEqual([undefined, undefined, '']);
  });

  test('somebody signs in in one tab while another signs out of the session before: theirs goes on', async () => {
    await open();
    const [old, fresh] = [browser.tab(), browser.tab()];
    await signInAt(old);
    await heard();
    const signOut = hold('SignOut');
    const out = old.signOut();
    await signOut.reached();
    const { id, refreshToken } = await signInAt(fresh);
    await heard();
    signOut.letGo();
    await out;
    await heard();
    expect([old.current()?.id, fresh.current()?.id]).toEqual([id, id]);
    expect(browser.stored()).toContain(refreshToken);
  });

  test('two people sign in in two tabs at once: both tabs are of the one who was last', async () => {
    await open();
    const [one, other] = [browser.tab(), browser.tab()];
    const sessions = await Promise.all([signIn(gateway), signIn(gateway)]);
    one.keep(asSession(sessions[0]));
    other.keep(asSession(sessions[1]));
    await heard();
    expect([one.current()?.id, other.current()?.id]).toEqual([sessions[1].id, sessions[1].id]);
    expect(browser.stored()).toContain(sessions[1].refreshToken);
  });

  test('an answer that comes late does not put back the refresh token of before', async () => {
    await open();
    const [slow, quick] = [browser.tab(), browser.tab()];
    const { id } = await signInAt(slow);
    await heard();
    browser.pass(A_LIFE_MS);
    let held = 0;
    let letGo = () => {};
    const waits = new Promise<void>((resolve) => (letGo = resolve));
    proxy.delays = () => ((held += 1) === 1 ? waits : undefined);
    const token = slow.accessToken();
    await expect.poll(() => held).toBe(1);
    await quick.accessToken();
    browser.pass(A_LIFE_MS);
    await quick.accessToken();
    const { stored } = browser;
    const before = stored();
    letGo();
    expect(await verifyStatus(gateway, (await token) ?? '')).toBe(200);
    expect(stored()).toBe(before);
    await graceHasPassed(database, id);
    browser.pass(A_LIFE_MS);
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
    ['all', ['getItem', 'setItem', 'removeItem']],
    ['what is written', ['setItem']],
  ])('that refuses %s: the session lasts as long as the page', async (_, what) => {
    await open();
    const tab = browser.tab(failing(what));
    const { id } = await signInAt(tab);
    for (let life = 1; life <= 2; life += 1) {
      browser.pass(A_LIFE_MS);
      expect(await tab.accessToken()).toBeDefined();
      expect(refreshes(id)).toHaveLength(life);
      await graceHasPassed(database, id);
    }
    await tab.signOut();
    expect(tab.current()).toBeUndefined();
  });

  test('that is full leaves no token of an earlier session behind', async () => {
    await open();
    await signInAt(browser.tab());
    browser.close();
    const tab = browser.tab(failing(['setItem']));
    const { id } = await signInAt(tab);
    expect(browser.stored()).toBe('');
    browser.pass(A_LIFE_MS);
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
  ])('that holds something else is as if it were empty: %j', async (text) => {
    await open();
    browser.storage.setItem(`phonegate:${proxy.url}`, text);
    const tab = browser.tab();
    expect(await tab.restore()).toBeUndefined();
    expect(proxy.asked).toEqual([]);
    await signInAt(tab);
    expect(await browser.tab().restore()).toBeDefined();
  });

  test('a token that the gateway never gave: signed out, and forgotten', async () => {
    await open();
    const text = JSON.stringify({ sessionId: 'x', refreshToken: 'y', turn: 1 });
    browser.storage.setItem(`phonegate:${proxy.url}`, text);
    expect(await browser.tab().restore()).toBeUndefined();
    expect(browser.stored()).toBe('');
  });

  test('that somebody clears: signed out', async () => {
    await open();
    const tab = browser.tab();
    await signInAt(tab);
    const over = spyOn(tab);
    browser.storage.removeItem(`phonegate:${proxy.url}`);
    browser.pass(A_LIFE_MS);
    expect(await tab.accessToken()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });
});

describe('without BroadcastChannel, as in Safari before 15.4', () => {
  const forbidden = () => {
    throw new Error('SecurityError');
  };
  test.each([
    ['it is not there', undefined],
    ['it is forbidden', forbidden],
  ])('tabs go by storage: %s', async (_, channel) => {
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
    changed('of somebody else');
    expect(other.current()?.id).toBe(id);
    changed(null);
    expect(other.current()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });
});

describe('where the session is in a cookie', () => {
  async function signInByCookie(tab: SessionKeeper) {
    const client = createPhonegate({ url: proxy.url });
    const attempt = await requestOtp(cookies.graphqlUrl, { phone: somePhone() });
    const answer = await client.verifyOtp({ ...attempt, code: cookies.codeOf(attempt.attemptId) });
    client.session.close();
    if (answer.__typename !== 'Session') throw new Error(answer.__typename);
    tab.keep(answer);
    return answer;
  }

  test('no token is in storage, and the cookie is what refreshes, restores and is taken away', async () => {
    await open(cookies);
    proxy.cookies = new Map();
    const tab = browser.tab();
    const { id, accessToken, refreshToken } = await signInByCookie(tab);
    expect(refreshToken).toBe('');
    expect(JSON.parse(browser.stored())).toEqual({ sessionId: id, refreshToken: '', turn: 1 });
    const before = proxy.cookies.get('__Host-phonegate-refresh');
    browser.pass(A_LIFE_MS);
    expect(await tab.accessToken()).not.toBe(accessToken);
    expect(proxy.cookies.get('__Host-phonegate-refresh')).not.toBe(before);
    browser.close();

    const later = browser.tab();
    expect((await later.restore())?.id).toBe(id);
    await later.signOut();
    expect(proxy.cookies.size).toBe(0);
    expect(browser.stored()).toBe('');
  });

  test('without the cookie it is over', async () => {
    await open(cookies);
    proxy.cookies = new Map();
    const tab = browser.tab();
    await signInByCookie(tab);
    const over = spyOn(tab);
    proxy.cookies.clear();
    browser.pass(A_LIFE_MS);
    expect(await tab.accessToken()).toBeUndefined();
    expect(over).toHaveBeenCalledTimes(1);
  });

  test('when the cookie is of somebody who has signed in elsewhere, it is theirs', async () => {
    await open(cookies);
    proxy.cookies = new Map();
    const [tab, other] = [browser.tab(), browser.tab()];
    await signInByCookie(tab);
    await heard();
    const elsewhere = openBrowser(`${proxy.url}/elsewhere`);
    const { id } = await signInByCookie(elsewhere.tab());
    elsewhere.close();
    browser.pass(A_LIFE_MS);
    await tab.accessToken();
    await heard();
    expect([tab.current()?.id, other.current()?.id]).toEqual([id, id]);
  });
});
