import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { directionOf, latinDigits, LOCALES, type Locale } from '../../packages/react/src/locales/locale.js';
import { isolated } from '../../src/web/login/isolated.js';
import { deliverWebhook, incomingText, wrongCode } from '../support/calls.js';
import {
  PRODUCTION,
  type Scene,
  WEBHOOK_TOKEN,
  ageResend,
  phoneIn,
  setScene,
  statusEvent,
} from '../support/delivery.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { guessHourPasses } from '../support/rows.js';
import { eventually } from './support/eventually.js';
import { expectNoViolations, expectWholeContent, saveScreenshot, takesScreenshots } from './support/looks.js';
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
import {
  BEHIND_PROXY,
  NO_NETWORK,
  type OnTestFinished,
  type Visit,
  type VisitOptions,
  openLogin,
  somewhere,
} from './support/visit.js';

/**
 * Every state of the page, in every language, as in production: on a narrow screen, for axe and, on request, as a
 * picture.
 */
vi.setConfig({ testTimeout: 120_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let scene: Scene;
const whenAllFinished: (() => Promise<void>)[] = [];
const APPLICATION = 'https://app.example.com/signed-in';

beforeAll(async () => {
  database = await createDatabase();
  const env = {
    ...PRODUCTION,
    ...BEHIND_PROXY,
    ...(await somewhere()),
    DELIVERY_ROUTES: '*=green-api,kavenegar-sms',
    WHATSAPP_NUMBER: '77010000001',
    WHATSAPP_CONFIRMATION: 'always',
    APPLICATIONS: `app=${APPLICATION}`,
    LOGIN_TITLE: 'Acme',
  };
  scene = await setScene(database, { env }, (act) => whenAllFinished.push(act));
});
afterAll(async () => {
  for (const act of whenAllFinished) await act();
  await database.drop();
});

/** 320 px wide, which is a 640 px screen at 200 % zoom. */
const NARROW = { width: 320, height: 640 };
/** The size of the pictures in the README. */
const PHONE = { width: 360, height: 740 };
/** Invented numbers, fit for the pictures. */
const PHONES: Record<Locale, string> = {
  en: '+77010000001',
  ru: '+77010000002',
  kk: '+77010000003',
  ky: '+996700000003',
  fa: '+989120000004',
};

/** The rules of axe do not depend on words: one language from the left in light colours, one from the right in dark ones. */
const EXAMINED: { [locale in Locale]?: 'light' | 'dark' } = { en: 'light', fa: 'dark' };

/** @param pictureSize of the screenshot */
async function check(visit: Visit, state: string, pictureSize = PHONE): Promise<void> {
  const { page, locale } = visit;
  if (takesScreenshots) {
    const viewport = page.viewportSize() ?? NARROW;
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(pictureSize);
    await saveScreenshot(visit, state);
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: EXAMINED[locale] ?? 'light' });
  }
  await expectWholeContent(visit);
  if (EXAMINED[locale]) await expectNoViolations(visit);
}

const open = (onTestFinished: OnTestFinished, options: VisitOptions & { locale: Locale }) =>
  openLogin(scene.gateway, onTestFinished, {
    viewport: NARROW,
    touch: true,
    dark: EXAMINED[options.locale] === 'dark',
    ...options,
  });

async function write(text: string, sender: string): Promise<void> {
  const { idInstance, wid } = scene.greenApi;
  const instanceData = { idInstance: Number(idInstance), wid, typeInstance: 'whatsapp' };
  const body = incomingText(text, sender, { instanceData });
  expect(await deliverWebhook(scene.gateway.url, body, { token: WEBHOOK_TOKEN })).toBe(200);
}

const codeFor = (phone: string) => scene.askedFor(phone).at(-1)?.code ?? '';

test.concurrent.for(LOCALES)(
  'every state of a login by code, and of the way back to an application, fits and is accessible in %s',
  async (locale, { onTestFinished }) => {
    const visit = await open(onTestFinished, {
      locale,
      prepare: (context) => context.clock.install(),
      expects: [/status of 400/, NO_NETWORK],
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

    await visit.context.setOffline(true);
    await button(visit, texts.sendCode).click();
    await button(visit, texts.cancel).waitFor();
    await check(visit, 'phone-offline');
    await button(visit, texts.cancel).click();
    await visit.context.setOffline(false);

    const { attemptId } = await askForCode(visit, phone);
    await check(visit, 'code');

    const message = await eventually(() => {
      const sent = scene.greenApi.messages.find(({ chatId }) => chatId === `${phone.slice(1)}@c.us`);
      expect(sent).toBeDefined();
      return sent;
    });
    scene.greenApi.emit(statusEvent(scene.greenApi, { phone, id: message?.idMessage ?? '', status: 'failed' }));
    await says(visit, texts.delivery.instead(texts.channelNames.whatsapp, texts.channelNames.sms));
    await check(visit, 'code-failover');

    await typeCode(visit, wrongCode(codeFor(phone)));
    await holds(alert(visit), texts.triesLeft(visit.number(4)));
    await check(visit, 'code-wrong');

    await ageResend(database, attemptId);
    await page.clock.fastForward('01:01');
    await button(visit, texts.sendAgainBy(texts.channelNames.whatsapp)).waitFor();
    await check(visit, 'code-resend');

    for (let left = 3, code = codeFor(phone); left >= 0; left -= 1) {
      code = wrongCode(code);
      await visit.answerTo('VerifyOtp', () => typeCode(visit, wrongCode(code)));
      if (left > 0) await holds(alert(visit), texts.triesLeft(visit.number(left)));
    }
    await holds(alert(visit), texts.closed.TOO_MANY_TRIES);
    await check(visit, 'code-closed');

    await guessHourPasses(database, phone);
    await visit.answerTo('RequestOtp', () => button(visit, texts.newCode).click());
    await typeCode(visit, codeFor(phone));
    await signedIn(visit);
    await page.getByRole('listitem').waitFor();
    await check(visit, 'signed-in');

    const login = page.url();
    const challenge = `code_challenge=${'x'.repeat(42)}A&code_challenge_method=S256`;
    await page.goto(`${login}?client_id=app&redirect_uri=${APPLICATION}&${challenge}`);
    await button(visit, texts.account.continueTo(isolated('app.example.com', directionOf(locale)))).waitFor();
    await check(visit, 'redirect-asked');
    await page.goto(`${login}?redirect_uri=https://evil.example/`);
    await holds(alert(visit), texts.redirectRefused);
    await check(visit, 'redirect-refused');
  },
);

test.concurrent.for(LOCALES)(
  'every state of a login by WhatsApp fits and is accessible in %s',
  async (locale, { onTestFinished }) => {
    const desktop = { width: 800, height: 700 };
    const onDesktop = await open(onTestFinished, { locale, touch: false, viewport: desktop });
    await startWhatsApp(onDesktop);
    await says(onDesktop, onDesktop.texts.whatsapp.waiting);
    expect(await onDesktop.page.content()).not.toContain('/dev/'); // production
    await check(onDesktop, 'whatsapp-desktop', desktop);
    await onDesktop.page.setViewportSize(NARROW);
    await expectWholeContent(onDesktop);

    const visit = await open(onTestFinished, { locale });
    const { page, texts } = visit;
    const { loginMessage } = await startWhatsApp(visit);
    await says(visit, texts.whatsapp.waiting);
    await check(visit, 'whatsapp-phone');

    const phone = phoneIn('KZ');
    await write(loginMessage, phone);
    await page.locator('.phonegate-confirmation').waitFor();
    await check(visit, 'whatsapp-confirm');

    const shown = Number(latinDigits(await page.locator('.phonegate-confirmation').innerText()));
    await write(String(shown === 10 ? 11 : 10), phone);
    await says(visit, texts.confirmAgain);
    await check(visit, 'whatsapp-wrong-number');

    await write('NO', phone);
    await holds(alert(visit), texts.closed.CANCELED);
    await check(visit, 'whatsapp-refused');

    const hidden = await visit.answerTo('StartWhatsAppLogin', () => button(visit, texts.whatsapp.renew).click());
    scene.greenApi.phonesByLid.set('100000000000001@lid', '');
    await write(hidden.loginMessage, '100000000000001@lid');
    await holds(alert(visit), texts.closed.PHONE_HIDDEN);
    await check(visit, 'whatsapp-hidden');
  },
);
