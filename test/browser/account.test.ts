import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decodeJwt } from 'jose';
import { LOCALES } from '../../src/locales/locale.js';
import { messagesIn } from '../../src/locales/messages.js';
import { endSessionsFromElsewhere, signIn, verifyStatus } from '../support/sign-in.js';
import { requestOtp, somePhone, verifyOtp, wrongCode } from '../support/calls.js';
import { eventually } from './support/eventually.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { deleteSessions, insertSessions, insertUser, updateSession } from '../support/rows.js';
import { expectWholeContent } from './support/looks.js';
import { alert, button, focused, holds, phoneField, says, signInByCode, signedIn } from './support/steps.js';
import { BEHIND_PROXY, type Visit, openLogin } from './support/visit.js';
import type { Locale } from '../../packages/react/src/locales/locale.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let cookies: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, ...BEHIND_PROXY };
  [gateway, cookies] = await Promise.all([startGateway(env), startGateway({ ...env, SESSION_COOKIE: 'on' })]);
});
afterAll(async () => {
  await Promise.all([gateway, cookies].map((one) => one.stop()));
  await database.drop();
});

/** Signs the same user in on another device. */
const signInOnFirefox = (phone: string) =>
  signIn(gateway, {
    phone,
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
  });

const devices = ({ page }: Visit) => page.getByRole('listitem');
const stored = ({ page }: Visit) =>
  page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]));

test.concurrent('the account page shows name, phone and devices, but no role', async ({ onTestFinished }) => {
  const phone = somePhone();
  await insertUser(database, { phone, name: 'Айгүл', role: 'MANAGER' });
  await signInOnFirefox(phone);
  const visit = await openLogin(gateway, onTestFinished);
  await signInByCode(visit, gateway, phone);
  const { account } = visit.texts;
  for (const text of ['Айгүл', phone, account.devices]) await says(visit, text);
  expect(await visit.page.getByRole('main').innerText()).not.toContain('MANAGER');
  await eventually(async () => expect(await devices(visit).count()).toBe(2));
  expect(await devices(visit).filter({ hasText: account.thisDevice }).count()).toBe(1);
  await says(visit, /Firefox/);
});

/** What the page says of a device. Chromium has no Kazakh and Kyrgyz names of months. */
const LAST_SEEN: [Locale, RegExp][] = [
  ['en', /last seen \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d/],
  ['ru', /последняя активность: \d{1,2} [а-я]{3,4}\.? \d{4} г\., \d{1,2}:\d\d/],
  ['kk', /соңғы белсенділік: \d{4} ж\. \d{1,2} (қаң|ақп|нау|сәу|мам|мау|шіл|там|қыр|қаз|қар|жел)\., \d\d:\d\d/],
  ['ky', /акыркы активдүүлүк: \d{4}-ж\., \d{1,2}-(янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек)\.? \d\d:\d\d/],
  ['fa', /آخرین فعالیت: [۰-۹]{1,2} \p{L}+ [۰-۹]{4}/u],
];

test.concurrent.for(LAST_SEEN)('the account page writes dates in its own language: %s', async (each, context) => {
  const [locale, lastSeen] = each;
  const visit = await openLogin(gateway, context.onTestFinished, { locale });
  await signInByCode(visit, gateway, somePhone());
  await says(visit, lastSeen);
});

describe('the account page signs out', () => {
  test.concurrent('another device', async ({ onTestFinished }) => {
    const phone = somePhone();
    const other = await signInOnFirefox(phone);
    const visit = await openLogin(gateway, onTestFinished);
    await signInByCode(visit, gateway, phone);
    await devices(visit).filter({ hasText: 'Firefox' }).getByRole('button').click();
    await eventually(async () => expect(await devices(visit).count()).toBe(1));
    expect(await verifyStatus(gateway, other.accessToken)).toBe(401);
    await signedIn(visit);
  });

  test.concurrent.for(['download', 'deletion'] as const)(
    'nothing, but asks for a fresh sign-in before the %s',
    async (what, { onTestFinished }) => {
      const phone = somePhone();
      const visit = await openLogin(gateway, onTestFinished);
      const { accessToken } = await signInByCode(visit, gateway, phone);
      await updateSession(database, String(decodeJwt(accessToken)['sid']), { createdAt: '-11 minutes' });
      const { account } = visit.texts;
      if (what === 'download') await button(visit, account.download).click();
      else {
        await button(visit, account.delete).click();
        await visit.page.getByLabel(account.confirmDeletion).fill(phone.slice(-4));
        await button(visit, account.deleteForGood).click();
      }
      await button(visit, account.signInAgain).waitFor();
      expect(await verifyStatus(gateway, accessToken)).toBe(200);
    },
  );

  test.concurrent.for(LOCALES)('another device only after a fresh sign-in (%s)', async (locale, { onTestFinished }) => {
    const phone = somePhone();
    const other = await signInOnFirefox(phone);
    const visit = await openLogin(gateway, onTestFinished, { locale });
    const { accessToken } = await signInByCode(visit, gateway, phone);
    await updateSession(database, String(decodeJwt(accessToken)['sid']), { createdAt: '-11 minutes' });
    await devices(visit).filter({ hasText: 'Firefox' }).getByRole('button').click();
    await alert(visit)
      .filter({ hasText: messagesIn(locale).errors.FRESH_SIGN_IN_REQUIRED })
      .waitFor();
    expect(await verifyStatus(gateway, other.accessToken)).toBe(200);
    await button(visit, visit.texts.account.signInAgain).click();
    await signInByCode(visit, gateway, phone);
    await button(visit, visit.texts.account.signOutEverywhere).click();
    await phoneField(visit).waitFor();
    expect(await verifyStatus(gateway, other.accessToken)).toBe(401);
  });

  test.concurrent('this device and no other', async ({ onTestFinished }) => {
    const phone = somePhone();
    const other = await signInOnFirefox(phone);
    const visit = await openLogin(gateway, onTestFinished);
    const { accessToken } = await signInByCode(visit, gateway, phone);
    await button(visit, visit.texts.account.signOut).first().click();
    await phoneField(visit).waitFor();
    await visit.page.reload();
    await phoneField(visit).waitFor();
    expect(await stored(visit)).not.toContain('Token');
    expect(await verifyStatus(gateway, accessToken)).toBe(401);
    expect(await verifyStatus(gateway, other.accessToken)).toBe(200);
  });

  test.concurrent('every device', async ({ onTestFinished }) => {
    const phone = somePhone();
    const other = await signInOnFirefox(phone);
    const visit = await openLogin(gateway, onTestFinished);
    const { accessToken } = await signInByCode(visit, gateway, phone);
    await button(visit, visit.texts.account.signOutEverywhere).click();
    await phoneField(visit).waitFor();
    expect([await verifyStatus(gateway, accessToken), await verifyStatus(gateway, other.accessToken)]).toEqual([
      401, 401,
    ]);
  });

  test.concurrent('here as soon as a request shows that the session was ended elsewhere', async ({
    onTestFinished,
  }) => {
    const phone = somePhone();
    const visit = await openLogin(gateway, onTestFinished);
    await signInByCode(visit, gateway, phone);
    await deleteSessions(database, { phone });
    await visit.page.reload();
    await phoneField(visit).waitFor();
  });
});

describe('the account page', () => {
  test.concurrent('lists sign-ins and refusals when the user opens the list', async ({ onTestFinished }) => {
    const phone = somePhone();
    await signInOnFirefox(phone);
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    await verifyOtp(gateway.graphqlUrl, { ...attempt, code: wrongCode(gateway.codeOf(attempt.attemptId)) });
    const visit = await openLogin(gateway, onTestFinished);
    await signInByCode(visit, gateway, phone);
    const { account } = visit.texts;
    await visit.page.getByText(account.signIns).click();
    await says(visit, new RegExp(`${account.outcomes.REFUSED}[^]*${account.outcomes.SIGNED_IN}[^]*Firefox`));
  });

  test.concurrent('downloads the data of the user as a file', async ({ onTestFinished }) => {
    const phone = somePhone();
    const visit = await openLogin(gateway, onTestFinished);
    await signInByCode(visit, gateway, phone);
    const downloading = visit.page.waitForEvent('download');
    await button(visit, visit.texts.account.download).click();
    const file = await (await downloading).path();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ user: { phone } });
  });

  test.concurrent('erases the user only after the last four digits of the phone were typed', async ({
    onTestFinished,
  }) => {
    const phone = somePhone();
    const visit = await openLogin(gateway, onTestFinished);
    const { accessToken } = await signInByCode(visit, gateway, phone);
    const { account } = visit.texts;
    await button(visit, account.delete).click();
    await visit.page.getByLabel(account.confirmDeletion).fill('12');
    await visit.page.getByLabel(account.confirmDeletion).press('Enter');
    expect(await button(visit, account.deleteForGood).isDisabled()).toBe(true);
    expect(await verifyStatus(gateway, accessToken)).toBe(200);
    await visit.page.getByLabel(account.confirmDeletion).fill(phone.slice(-4));
    await button(visit, account.deleteForGood).click();
    await phoneField(visit).waitFor();
    expect(await database.query('SELECT id FROM users WHERE phone = $1', [phone])).toEqual([]);
  });
});

describe('a session that was ended elsewhere', () => {
  test.concurrent('leads to the sign-in within 30 seconds, and at once when the user looks at the page', async ({
    onTestFinished,
  }) => {
    const phone = somePhone();
    const visit = await openLogin(gateway, onTestFinished, { prepare: (context) => context.clock.install() });
    const { page, texts } = visit;
    await signInByCode(visit, gateway, phone);
    await endSessionsFromElsewhere(gateway, phone);
    await page.clock.fastForward('00:31');
    await phoneField(visit).waitFor();
    await holds(alert(visit), texts.signedOut);
    expect(await focused(visit)).toBe('phonegate-phone');

    await signInByCode(visit, gateway, phone);
    await endSessionsFromElsewhere(gateway, phone);
    await page.evaluate(() => dispatchEvent(new Event('focus')));
    await holds(alert(visit), texts.signedOut);

    await signInByCode(visit, gateway, phone);
    await button(visit, texts.account.signOut).first().click();
    await phoneField(visit).waitFor();
    expect(await page.getByText(texts.signedOut).count()).toBe(0); // the user knows
  });
});

test.concurrent('with many devices the page shows the latest few, and all of them by a button', async ({
  onTestFinished,
}) => {
  const phone = somePhone();
  const userId = await insertUser(database, { phone });
  const old = Array.from({ length: 25 }, (_, index) => ({
    userId,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    rotatedAt: `-${index + 1} hours`,
  }));
  await insertSessions(database, old);
  const visit = await openLogin(gateway, onTestFinished, { viewport: { width: 320, height: 640 }, touch: true });
  const { page, texts } = visit;
  await signInByCode(visit, gateway, phone);
  const showAll = button(visit, texts.showAllDevices('26'));
  await showAll.waitFor();
  expect(await devices(visit).count()).toBe(5);
  expect(await devices(visit).first().innerText()).toContain(texts.account.thisDevice);
  const height = () => page.evaluate(() => document.documentElement.scrollHeight);
  expect(await height()).toBeLessThan(1_300);
  await expectWholeContent(visit);
  await showAll.click();
  await eventually(async () => expect(await devices(visit).count()).toBe(26));
  const sixth = devices(visit).nth(5).getByRole('button');
  await eventually(async () =>
    expect(await sixth.evaluate((element) => element === document.activeElement)).toBe(true),
  );
  await expectWholeContent(visit);
  expect(await height()).toBeLessThan(3_200);
  await sixth.click();
  await eventually(async () => expect(await devices(visit).count()).toBe(25));
  expect(await focused(visit)).toBe(texts.account.devices);
});

test.concurrent('with SESSION_COOKIE no script can read a token', async ({ onTestFinished }) => {
  const visit = await openLogin(cookies, onTestFinished);
  await signInByCode(visit, cookies, somePhone());
  const kept = await visit.context.cookies();
  expect(kept.length).toBeGreaterThan(0);
  for (const cookie of kept) expect(cookie).toMatchObject({ httpOnly: true, secure: true });
  const readable = `${await stored(visit)} ${await visit.page.evaluate(() => document.cookie)}`;
  for (const { value } of kept) expect(readable).not.toContain(value);
  expect(readable).not.toMatch(/eyJ|"refreshToken\\":\\"[^\\]/);
  await visit.page.reload();
  await signedIn(visit);
  await button(visit, visit.texts.account.signOut).click();
  await phoneField(visit).waitFor();
  // By it, the gateway recognizes this browser at the next sign-in. It opens nothing.
  expect((await visit.context.cookies()).map(({ name }) => name)).toEqual(['__Host-phonegate-device']);
});

test.concurrent.for(['token', 'cookie'] as const)(
  'two tabs refresh an expiring access token once: by %s',
  async (method, { onTestFinished }) => {
    const on = method === 'cookie' ? cookies : gateway;
    const first = await openLogin(on, onTestFinished, { prepare: (context) => context.clock.install() });
    await signInByCode(first, on, somePhone());
    const second = await first.newTab();
    await signedIn(second);
    const refreshes = () => [...first.sent, ...second.sent].filter((one) => one === 'RefreshSession').length;
    const before = refreshes();

    // Access tokens live ten minutes; half a minute before, they are renewed.
    await first.context.clock.fastForward('09:35'); // in both
    await eventually(async () => {
      const { held, pending } = await first.page.evaluate(() => navigator.locks.query());
      expect([held, pending]).toEqual([[], []]); // no tab refreshes or waits for its turn
    });
    expect(refreshes() - before).toBe(1);
    for (const visit of [first, second]) {
      await visit.page.reload();
      await signedIn(visit);
    }
  },
);
