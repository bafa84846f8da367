import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Phonegate, type PhonegateOptions, createPhonegate } from '../src/index.js';
import { withCaptcha } from '../src/captcha/solve-captcha.js';
import { createMemory } from '../src/storage.js';
import { somePhone, wrongCode } from '../../../test/support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../../../test/support/gateway.js';
import { insertSendBudget } from '../../../test/support/rows.js';
import { signIn } from '../../../test/support/sign-in.js';
import { type Proxy, startProxy } from './proxy.js';
import { signInByCode } from './sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;
let proxy: Proxy;
let clients: Phonegate[] = [];

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, CAPTCHA: 'altcha' });
  proxy = await startProxy(gateway.url);
});
afterEach(() => {
  for (const { session } of clients) session.close();
  clients = [];
  Object.assign(proxy, { instead: undefined, loses: undefined, delays: undefined, asked: [] });
});
afterAll(async () => {
  await proxy.close();
  await gateway.stop();
  await database.drop();
});

/** Clients in two tabs of one browser, signed in. */
async function openTabs(fetch?: PhonegateOptions['fetch']): Promise<[Phonegate, Phonegate]> {
  const storage = createMemory();
  const tabs = [0, 1].map(() => createPhonegate({ url: proxy.url, storage, ...(fetch ? { fetch } : {}) })) as [
    Phonegate,
    Phonegate,
  ];
  clients.push(...tabs);
  await signInByCode(tabs[0], gateway);
  await tabs[1].session.restore();
  return tabs;
}
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
const messagesArrive = () => sleep(50);
const usersOf = (tabs: Phonegate[]) => tabs.map(({ session }) => session.current()?.user);
const claimsOf = (token = '') =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { phone_number?: string };

async function requestChange(client: Phonegate, phone: string) {
  const attempt = await client.requestPhoneChange({ phone });
  if (attempt.__typename !== 'OtpRequested') throw new Error(attempt.__typename);
  return { ...attempt, code: gateway.codeOf(attempt.attemptId) };
}

describe('updateMe', () => {
  test('changes the user of the session in every tab, and calls the subscribers once', async () => {
    const tabs = await openTabs();
    const before = usersOf(tabs)[0];
    const listeners = tabs.map(({ session }) => {
      const listener = vi.fn<() => void>();
      session.subscribe(listener);
      return listener;
    });
    const user = { ...before, name: 'Айгүл', locale: 'kk' };
    expect(await tabs[0].updateMe({ name: 'Айгүл', locale: 'kk' })).toEqual({ __typename: 'User', ...user });
    await messagesArrive();
    expect(usersOf(tabs)).toEqual([user, user]);
    expect(listeners.map((listener) => listener.mock.calls.length)).toEqual([1, 1]);
    expect(proxy.times('RefreshSession')).toBe(0);

    await tabs[1].updateMe({ name: null });
    await messagesArrive();
    expect(usersOf(tabs).map((one) => [one?.name, one?.locale])).toEqual([
      [null, 'kk'],
      [null, 'kk'],
    ]);
  });

  test('returns InvalidInput with the field, and changes nothing', async () => {
    const tabs = await openTabs();
    const before = usersOf(tabs);
    expect(await tabs[0].updateMe({ name: 'x'.repeat(101) })).toMatchObject({
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      field: 'name',
    });
    expect(usersOf(tabs)).toEqual(before);
  });

  /** A tab that refreshes meanwhile must neither store an old refresh token nor lose its new one. */
  test('does not disturb a refresh in another tab', async () => {
    const [one, other] = await openTabs();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    proxy.delays = ({ operation }) => (operation === 'RefreshSession' ? held : undefined);
    const refreshed = other.session.accessToken(other.session.current()?.accessToken);
    await expect.poll(() => proxy.times('RefreshSession')).toBe(1);
    await one.updateMe({ name: 'Nurlan' });
    release();
    const token = await refreshed;
    await messagesArrive();
    expect([one, other].map(({ session }) => session.current()?.accessToken)).toEqual([token, token]);
    expect(await one.session.accessToken(token)).toBeDefined();
    expect(
      await database.query('SELECT refresh_counter, revoked_at FROM sessions WHERE id = $1', [
        one.session.current()?.id,
      ]),
    ).toEqual([{ refresh_counter: 2, revoked_at: null }]);
  });
});

describe('me', () => {
  test('returns the user as the gateway knows them now, and changes the user of the session', async () => {
    const tabs = await openTabs();
    await database.query('UPDATE users SET name = $1 WHERE id = $2', ['Meerim', usersOf(tabs)[0]?.id]);
    expect(await tabs[0].me()).toEqual({ ...usersOf(tabs)[0], name: 'Meerim' });
    await messagesArrive();
    expect(usersOf(tabs).map((user) => user?.name)).toEqual(['Meerim', 'Meerim']);
  });

  test('throws UNAUTHENTICATED when nobody is signed in', async () => {
    const client = createPhonegate({ url: proxy.url });
    for (const call of [client.me(), client.updateMe({ name: 'x' }), client.requestPhoneChange({ phone: somePhone() })])
      await expect(call).rejects.toMatchObject({ name: 'PhonegateError', code: 'UNAUTHENTICATED' });
  });
});

describe('a change of the phone', () => {
  test('changes the user of the session and the access token in every tab', async () => {
    const tabs = await openTabs();
    const before = usersOf(tabs)[0];
    const phone = somePhone();
    const attempt = await requestChange(tabs[0], phone);
    expect(await tabs[0].confirmPhoneChange({ ...attempt, code: wrongCode(attempt.code) })).toMatchObject({
      __typename: 'IncorrectCode',
      triesLeft: 4,
    });
    expect(await tabs[0].confirmPhoneChange(attempt)).toEqual({ __typename: 'User', ...before, phone });
    await messagesArrive();
    expect(usersOf(tabs)).toEqual([
      { ...before, phone },
      { ...before, phone },
    ]);
    const tokens = tabs.map(({ session }) => session.current()?.accessToken);
    expect(tokens.map((token) => claimsOf(token).phone_number)).toEqual([phone, phone]);
    expect(proxy.times('RefreshSession')).toBe(1);
  });

  test('is shown when no refresh gets through, and the token is refreshed as soon as one does', async () => {
    const [client] = await openTabs();
    const phone = somePhone();
    const attempt = await requestChange(client, phone);
    proxy.instead = ({ operation }) => (operation === 'RefreshSession' ? { status: 502, body: '' } : undefined);
    expect(await client.confirmPhoneChange(attempt)).toMatchObject({ __typename: 'User', phone });
    expect(client.session.current()?.user.phone).toBe(phone);
    await expect(client.session.accessToken()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.instead = undefined;
    expect(claimsOf(await client.session.accessToken()).phone_number).toBe(phone);
  });

  test('reaches the token also when a refresh is under way that has read the previous phone', async () => {
    const phone = somePhone();
    const [sent, refreshed, confirmed] = [gate(), gate(), gate()];
    const [client] = await openTabs(async (url, init) => {
      const body = init?.body as string;
      if (body.includes('mutation ConfirmPhoneChange')) {
        sent.open();
        await refreshed.opened;
        const answer = await fetch(url, init);
        confirmed.open();
        return answer;
      }
      const answer = await fetch(url, init);
      if (!body.includes('mutation RefreshSession')) return answer;
      refreshed.open();
      await confirmed.opened;
      await sleep(50);
      return answer;
    });
    const attempt = await requestChange(client, phone);
    const change = client.confirmPhoneChange(attempt);
    await sent.opened;
    await Promise.all([client.session.accessToken(client.session.current()?.accessToken), change]);
    expect(client.session.current()?.user.phone).toBe(phone);
    expect(claimsOf(client.session.current()?.accessToken).phone_number).toBe(phone);
  });

  test('solves the captcha that the request needs, because strangers have spent half of the budget of the new phone', async () => {
    const [client] = await openTabs();
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 5, daySends: 5 });
    expect((await client.requestPhoneChange({ phone })).__typename).toBe('CaptchaRequired');
    client.captcha = withCaptcha;
    expect((await client.requestPhoneChange({ phone })).__typename).toBe('OtpRequested');
  });

  test('returns each refusal', async () => {
    const [client] = await openTabs();
    expect(await client.requestPhoneChange({ phone: '12' })).toMatchObject({ __typename: 'InvalidPhoneNumber' });
    const nothing = { attemptId: '00000000-0000-7000-8000-000000000000', secret: 'nothing', code: '123456' };
    expect(await client.confirmPhoneChange(nothing)).toMatchObject({ __typename: 'AttemptNotFound' });
    const taken = usersOf([(await openTabs())[0]])[0]?.phone ?? '';
    const attempt = await requestChange(client, taken);
    expect(await client.confirmPhoneChange(attempt)).toMatchObject({ __typename: 'PhoneTaken' });
  });
});

describe('the account of the user', () => {
  test('mySignIns returns pages', async () => {
    const [tab] = await openTabs();
    await signIn(gateway, { phone: String(tab.session.current()?.user.phone) });
    const first = await tab.mySignIns({ first: 1 });
    expect(first.edges).toMatchObject([{ node: { outcome: 'SIGNED_IN', device: '?' } }]);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await tab.mySignIns({ after: first.pageInfo.endCursor });
    expect([second.edges.length, second.pageInfo.hasNextPage]).toEqual([1, false]);
  });

  test('exportMe returns the content of a file', async () => {
    const [tab] = await openTabs();
    const answer = await tab.exportMe();
    if (answer.__typename !== 'AccountExport') throw new Error(answer.__typename);
    expect(JSON.parse(answer.json)).toMatchObject({ user: { id: tab.session.current()?.user.id } });
  });

  test('deleteMe signs every tab out', async () => {
    const tabs = await openTabs();
    expect(await tabs[0].deleteMe()).toMatchObject({ __typename: 'AccountDeleted' });
    await messagesArrive();
    expect(usersOf(tabs)).toEqual([undefined, undefined]);
    await expect(tabs[1].me()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
