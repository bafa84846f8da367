import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Served, serve } from '../../simulators/serve.js';
import { call, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { endSessionsFromElsewhere, verifyStatus } from '../support/sign-in.js';
import {
  alert,
  askForCode,
  button,
  focused,
  holds,
  phoneField,
  says,
  signInByCode,
  signedIn,
  typeCode,
} from './support/steps.js';
import { BEHIND_PROXY, type Visit, openLogin } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let application: Served;
let gateway: TestGateway;
let listed: string;
/** Listed, too. In development any path of an application on this machine would be allowed. */
const ELSEWHERE = 'https://app.example.com/signed-in';
/** The requests of browsers to the application. */
const visits: { url: string; referer: string | undefined }[] = [];

beforeAll(async () => {
  [database, application] = await Promise.all([
    createDatabase(),
    serve(({ url = '', headers }, _body, response) => {
      if (url.startsWith('/signed-in')) visits.push({ url, referer: headers.referer });
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><link rel="icon" href="data:," /><h1>The application</h1>');
    }),
  ]);
  listed = `${application.url}/signed-in`;
  gateway = await startGateway({
    DATABASE_URL: database.url,
    ...BEHIND_PROXY,
    APPLICATIONS: `app=${listed},${ELSEWHERE}`,
  });
});
afterAll(async () => {
  await Promise.all([gateway.stop(), application.close()]);
  await database.drop();
});

const EXCHANGE = `mutation ($input: ExchangeAuthorizationCodeInput!) { exchangeAuthorizationCode(input: $input) {
  __typename ... on Session { accessToken user { phone } } ... on Error { code } } }`;

/** An application that starts a sign-in, with a state that only this test uses. */
function startSignIn(redirectUri = listed) {
  const state = `${randomBytes(6).toString('hex')} ü&=`;
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const query = new URLSearchParams({
    client_id: 'app',
    redirect_uri: redirectUri,
    state,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  });
  /** Exchanges the code that the application has received. */
  async function exchange() {
    const mine = visits.filter(({ url }) => new URL(url, listed).searchParams.get('state') === state);
    expect(mine).toHaveLength(1);
    const { url = '', referer } = mine[0] ?? {};
    expect(referer).toBeUndefined();
    const { searchParams } = new URL(url, listed);
    expect([...searchParams.keys()].toSorted()).toEqual(['code', 'state']);
    const code = searchParams.get('code') ?? '';
    expect(code).not.toMatch(/^eyJ|\./);
    const input = { code, clientId: 'app', redirectUri, codeVerifier };
    const { data } = await call<{
      exchangeAuthorizationCode: { __typename: string; accessToken: string; user: { phone: string } };
    }>(gateway.graphqlUrl, EXCHANGE, { input });
    return data.exchangeAuthorizationCode;
  }
  return { query: `?${query}`, exchange, arrived: () => visits.some(({ url }) => url.includes(state.slice(0, 12))) };
}

test.concurrent('a user who signs in returns with a code that is exchanged for a session', async ({
  onTestFinished,
}) => {
  const { query, exchange } = startSignIn();
  const visit = await openLogin(gateway, onTestFinished, { query, locale: 'ru' });
  const phone = somePhone();
  const { attemptId } = await askForCode(visit, phone);
  await typeCode(visit, gateway.codeOf(attemptId));
  await visit.page.getByRole('heading', { name: 'The application' }).waitFor();
  const session = await exchange();
  expect(session).toMatchObject({ __typename: 'Session', user: { phone } });
  expect(await verifyStatus(gateway, session.accessToken)).toBe(200);
});

test.concurrent('a user who is already signed in is asked to confirm', async ({ onTestFinished }) => {
  const { query, exchange, arrived } = startSignIn();
  const visit = await openLogin(gateway, onTestFinished);
  const phone = somePhone();
  await signInByCode(visit, gateway, phone);
  await visit.page.goto(`${new URL('/login', visit.page.url())}${query}`);
  const onwards = button(visit, visit.texts.account.continueTo(new URL(listed).host));
  await onwards.waitFor();
  await says(visit, phone);
  expect(arrived()).toBe(false);
  await onwards.click();
  await visit.page.getByRole('heading', { name: 'The application' }).waitFor();
  expect(await exchange()).toMatchObject({ __typename: 'Session', user: { phone } });
});

test.concurrent.for([
  ['within 30 seconds', ({ page }: Visit) => page.clock.fastForward('00:31')],
  [
    'at once when the user looks at the page',
    ({ page }: Visit) => page.evaluate(() => dispatchEvent(new Event('focus'))),
  ],
] as const)(
  'a session that was ended elsewhere leads from the confirmation to the sign-in, and on to the application: %s',
  async ([, recheck], { onTestFinished }) => {
    const { query, exchange, arrived } = startSignIn();
    const visit = await openLogin(gateway, onTestFinished, { prepare: (context) => context.clock.install() });
    const phone = somePhone();
    await signInByCode(visit, gateway, phone);
    await visit.page.goto(`${new URL('/login', visit.page.url())}${query}`);
    await button(visit, visit.texts.account.continueTo(new URL(listed).host)).waitFor();
    await endSessionsFromElsewhere(gateway, phone);
    await recheck(visit);
    await phoneField(visit).waitFor();
    await holds(alert(visit), visit.texts.signedOut);
    expect(await focused(visit)).toBe('phonegate-phone');
    expect(await visit.page.getByText(phone).count()).toBe(0);
    expect(arrived()).toBe(false);

    const { attemptId } = await askForCode(visit, phone);
    await typeCode(visit, gateway.codeOf(attemptId));
    await visit.page.getByRole('heading', { name: 'The application' }).waitFor();
    expect(await exchange()).toMatchObject({ __typename: 'Session', user: { phone } });
  },
);

test.concurrent('“Use another account” signs out, and another user can sign in and return', async ({
  onTestFinished,
}) => {
  const { query, exchange } = startSignIn();
  const visit = await openLogin(gateway, onTestFinished);
  await signInByCode(visit, gateway, somePhone());
  await visit.page.goto(`${new URL('/login', visit.page.url())}${query}`);
  await button(visit, visit.texts.account.otherUser).click();
  await phoneField(visit).waitFor();
  const phone = somePhone();
  const { attemptId } = await askForCode(visit, phone);
  await typeCode(visit, gateway.codeOf(attemptId));
  await visit.page.getByRole('heading', { name: 'The application' }).waitFor();
  expect(await exchange()).toMatchObject({ user: { phone } });
});

test.concurrent.for([
  ['another path', `${ELSEWHERE}/more`],
  ['http instead of https', ELSEWHERE.replace('https', 'http')],
  ['a host that only starts like a listed one', ELSEWHERE.replace('.com', '.com.evil.example')],
  ['a listed host as the user name of another', ELSEWHERE.replace('https://', 'https://app.example.com@evil.example/')],
  ['a script', 'javascript:alert(1)'],
] as const)(
  'a redirect URI that is not listed is refused and receives nothing: %s',
  async ([, uri], { onTestFinished }) => {
    const { query } = startSignIn(uri);
    const visit = await openLogin(gateway, onTestFinished, { query, expects: [/status of 400/] });
    await holds(alert(visit), visit.texts.redirectRefused);
    expect(await visit.page.evaluate(async () => (await fetch(location.href)).status)).toBe(400);
    expect(await phoneField(visit).count()).toBe(0);
    await visit.page.getByRole('link', { name: visit.texts.toLogin }).click();
    await signInByCode(visit, gateway, somePhone());
    await signedIn(visit);
  },
);

test.concurrent('an application that sends no PKCE challenge is refused, and the page shows why', async ({
  onTestFinished,
}) => {
  const query = `?${new URLSearchParams({ client_id: 'app', redirect_uri: listed })}`;
  const visit = await openLogin(gateway, onTestFinished, { query, expects: [/status of 400/] });
  await holds(alert(visit), visit.texts.redirectUnprotected);
  await says(visit, 'CODE_CHALLENGE_REQUIRED');
  expect(await phoneField(visit).count()).toBe(0);
});

test.concurrent('a waiting page asks to confirm when the user signs in in another tab', async ({ onTestFinished }) => {
  const { query, arrived } = startSignIn();
  const waiting = await openLogin(gateway, onTestFinished, { query });
  await phoneField(waiting).waitFor();
  const other = await waiting.newTab();
  await other.page.goto(`${new URL('/login', other.page.url())}`);
  await signInByCode(other, gateway, somePhone());
  await button(waiting, waiting.texts.account.continueTo(new URL(listed).host)).waitFor();
  expect(arrived()).toBe(false);
  await other.page.reload();
  await signedIn(other);
});

test.concurrent('the user can try again when the application does not open', async ({ onTestFinished }) => {
  const empty = await serve((_request, _body, response) => void response.writeHead(204).end());
  onTestFinished(() => empty.close());
  const { query } = startSignIn(`${empty.url}/in`);
  const visit = await openLogin(gateway, onTestFinished, { query });
  const { attemptId } = await askForCode(visit, somePhone());
  const onwards = button(visit, visit.texts.account.continueTo(new URL(empty.url).host));
  await visit.answerTo('CreateAuthorizationCode', () => typeCode(visit, gateway.codeOf(attemptId)));
  const again = await visit.answerTo('CreateAuthorizationCode', () => onwards.click());
  expect(again.__typename).toBe('AuthorizationCode');
});
