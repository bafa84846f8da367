import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { directionOf, isolated } from '../../src/web/locales/locale.js';
import { LOCALES, type Locale } from '../../src/web/locales/texts.js';
import { deliverWebhook, incomingText, wrongCode } from '../support/calls.js';
import {
  PRODUCTION,
  type Scene,
  WEBHOOK_TOKEN,
  ageResend,
  eventually,
  phoneIn,
  setScene,
  statusEvent,
} from '../support/delivery.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { launchChromium } from './support/chromium.js';
import { expectNoSidewaysScrolling, expectNoViolations, shoot } from './support/looks.js';
import {
  alert,
  askForCode,
  button,
  holds,
  phoneField,
  says,
  signedIn,
  startWhatsApp,
  typeCode,
} from './support/steps.js';
import { BEHIND_PROXY, type AtTheEnd, type Visit, type VisitOptions, openLogin, somewhere } from './support/visit.js';

/** Every state of the page, in every language, as it is in production: fit for a narrow screen, for axe, and for our eyes. */
// A browser among other tests has little of the machine.
vi.setConfig({ testTimeout: 120_000 });

let browser: Browser;
let database: TestDatabase;
let scene: Scene;
const atTheEnd: (() => Promise<void>)[] = [];
const APPLICATION = 'https://app.example.com/signed-in';

beforeAll(async () => {
  [browser, database] = await Promise.all([launchChromium(), createDatabase()]);
  const env = {
    ...PRODUCTION,
    ...BEHIND_PROXY,
    ...(await somewhere()),
    DELIVERY_ROUTES: '*=green-api,kavenegar-sms',
    WHATSAPP_NUMBER: '77010000001',
    WHATSAPP_CONFIRMATION: 'always',
    REDIRECT_URIS: APPLICATION,
    LOGIN_TITLE: 'Acme',
  };
  scene = await setScene(database, { env }, (act) => atTheEnd.push(act));
});
afterAll(async () => {
  await browser.close();
  for (const act of atTheEnd) await act();
  await database.drop();
});

const PHONE = { width: 360, height: 740 };
/** 320 px, which is 640 px at 200 %. */
const NARROW = { width: 320, height: 640 };
/** Fit to be shown: the pictures of the README are from here. */
const PHONES: Record<Locale, string> = {
  en: '+77010000001',
  ru: '+77010000002',
  kk: '+77010000003',
  ky: '+996700000003',
  fa: '+989120000004',
};

/** The rules of axe do not depend on words: one language from the left in light colours, one from the right in dark ones. */
const EXAMINED: { [locale in Locale]?: 'light' | 'dark' } = { en: 'light', fa: 'dark' };

async function check(visit: Visit, state: string): Promise<void> {
  const { page, locale } = visit;
  const viewport = page.viewportSize() ?? PHONE;
  await shoot(visit, state);
  await page.setViewportSize(NARROW);
  await expectNoSidewaysScrolling(visit);
  await page.setViewportSize(viewport);
  expect(await page.getByText('undefined').count()).toBe(0);
  const colorScheme = EXAMINED[locale];
  if (!colorScheme) return;
  await page.emulateMedia({ colorScheme });
  await expectNoViolations(visit);
  await page.emulateMedia({ colorScheme: 'light' });
}

const open = (atTheEnd: AtTheEnd, options: VisitOptions) =>
  openLogin(browser, scene.gateway, atTheEnd, { viewport: PHONE, touch: true, ...options });

async function write(text: string, sender: string): Promise<void> {
  const { idInstance, wid } = scene.greenApi;
  const instanceData = { idInstance: Number(idInstance), wid, typeInstance: 'whatsapp' };
  const body = incomingText(text, sender, { instanceData });
  expect(await deliverWebhook(scene.gateway.url, body, { token: WEBHOOK_TOKEN })).toBe(200);
}

const codeFor = (phone: string) => scene.askedFor(phone).at(-1)?.code ?? '';

test.concurrent.for(LOCALES)('by code, and on to an application: %s', async (locale, { onTestFinished }) => {
  const visit = await open(onTestFinished, {
    locale,
    prepare: (context) => context.clock.install(),
    expects: [/status of 400/],
  });
  const { page, texts } = visit;
  await phoneField(visit).waitFor();
  await check(visit, 'phone');

  await askForCode(visit, '8 701 12');
  await holds(alert(visit), /./);
  await check(visit, 'phone-invalid');

  const phone = PHONES[locale];
  scene.greenApi.statusesByPhone.set(phone.slice(1), []);
  await phoneField(visit).fill(phone);
  await says(visit, / · /);
  await check(visit, 'phone-recognized');

  const { attemptId } = await askForCode(visit, phone);
  await check(visit, 'code');

  const message = await eventually(() => {
    const sent = scene.greenApi.messages.find(({ chatId }) => chatId === `${phone.slice(1)}@c.us`);
    expect(sent).toBeDefined();
    return sent;
  });
  scene.greenApi.emit(statusEvent(scene.greenApi, phone, message?.idMessage ?? '', 'failed'));
  await says(visit, texts.delivery.instead(texts.ways.whatsapp, texts.ways.sms));
  await check(visit, 'code-failover');

  await typeCode(visit, wrongCode(codeFor(phone)));
  await holds(alert(visit), texts.triesLeft(visit.number(4)));
  await check(visit, 'code-wrong');

  await ageResend(database, attemptId);
  await page.clock.fastForward('01:01');
  await button(visit, texts.sendAgainBy(texts.ways.whatsapp)).waitFor();
  await check(visit, 'code-resend');

  for (let left = 3, code = codeFor(phone); left >= 0; left -= 1) {
    code = wrongCode(code);
    await visit.answerTo('VerifyOtp', () => typeCode(visit, wrongCode(code)));
    if (left > 0) await holds(alert(visit), texts.triesLeft(visit.number(left)));
  }
  await holds(alert(visit), texts.closed.TOO_MANY_TRIES);
  await check(visit, 'code-closed');

  await visit.answerTo('RequestOtp', () => button(visit, texts.newCode).click());
  await typeCode(visit, codeFor(phone));
  await signedIn(visit);
  await page.getByRole('listitem').waitFor();
  await check(visit, 'signed-in');

  const login = page.url();
  await page.goto(`${login}?redirect_uri=${APPLICATION}`);
  await button(visit, texts.account.continueTo(isolated('app.example.com', directionOf(locale)))).waitFor();
  await check(visit, 'redirect-asked');
  await page.goto(`${login}?redirect_uri=https://evil.example/`);
  await holds(alert(visit), texts.redirectRefused);
  await check(visit, 'redirect-refused');
});

test.concurrent.for(LOCALES)('by WhatsApp: %s', async (locale, { onTestFinished }) => {
  const onDesktop = await open(onTestFinished, { locale, touch: false, viewport: { width: 800, height: 700 } });
  await startWhatsApp(onDesktop);
  await says(onDesktop, onDesktop.texts.whatsapp.waiting);
  expect(await onDesktop.page.content()).not.toContain('/dev/'); // production
  await check(onDesktop, 'whatsapp-desktop');

  const visit = await open(onTestFinished, { locale });
  const { page, texts } = visit;
  const { loginMessage } = await startWhatsApp(visit);
  await says(visit, texts.whatsapp.waiting);
  await check(visit, 'whatsapp-phone');

  const phone = phoneIn('KZ');
  await write(loginMessage, phone);
  await page.locator('.phonegate-confirmation').waitFor();
  await check(visit, 'whatsapp-confirm');

  await write('NO', phone);
  await holds(alert(visit), texts.closed.CANCELED);
  await check(visit, 'whatsapp-refused');

  const hidden = await visit.answerTo('StartWhatsAppLogin', () => button(visit, texts.whatsapp.renew).click());
  scene.greenApi.phonesByLid.set('100000000000001@lid', '');
  await write(hidden.loginMessage, '100000000000001@lid');
  await holds(alert(visit), texts.closed.PHONE_HIDDEN);
  await check(visit, 'whatsapp-hidden');
});
