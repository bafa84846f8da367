import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { messagesIn } from '../../src/locales/messages.js';
import { latinDigits, LOCALES, type Locale } from '../../packages/react/src/locales/locale.js';
import { textsIn } from '../../packages/react/src/locales/texts-in.js';
import { somePhone, wrongCode } from '../support/calls.js';
import { PRODUCTION, type Scene, ageResend, eventually, phoneIn, setScene } from '../support/delivery.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { failAttempt, guessHourPasses, insertGuessFailures, insertSendBudget, insertUser } from '../support/rows.js';
import {
  alert,
  askForCode,
  button,
  codeField,
  focused,
  holds,
  internationally,
  nationally,
  phoneField,
  says,
  signInByCode,
  signedIn,
  typeCode,
} from './support/steps.js';
import { BEHIND_PROXY, expire, openLogin, somewhere } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let kyrgyz: TestGateway;
let closed: TestGateway;
let scene: Scene;
const whenAllFinished: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, ...BEHIND_PROXY };
  [gateway, kyrgyz, closed, scene] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, ALLOWED_COUNTRIES: 'KG' }),
    startGateway({ ...env, SIGN_UP: 'closed' }),
    setScene(database, { env: { ...BEHIND_PROXY, DELIVERY_ROUTES: '*=green-api,kavenegar-sms' } }, (act) =>
      whenAllFinished.push(act),
    ),
  ]);
});
afterAll(async () => {
  await Promise.all([...[gateway, kyrgyz, closed].map((one) => one.stop()), ...whenAllFinished.map((act) => act())]);
  await database.drop();
});

const { errors } = messagesIn('en');

/** What the page says of a number. Chromium has no Kazakh and Kyrgyz names of countries. */
const COUNTRIES: Record<Locale, RegExp> = {
  en: /^Kazakhstan · /,
  ru: /^Казахстан · /,
  kk: /^Қазақстан · /,
  ky: /^Казакстан · /,
  fa: /^ایران · /,
};

describe('a user signs in', () => {
  test.concurrent.for(LOCALES)(
    'in %s with a number in national spelling and a code whose last digit submits it',
    async (locale, context) => {
      const visit = await openLogin(gateway, context.onTestFinished, { locale });
      const { page, texts, digits } = visit;
      const phone = phoneIn(locale === 'fa' ? 'IR' : 'KZ');
      await phoneField(visit).fill(digits(nationally(phone)));
      await says(visit, COUNTRIES[locale]);
      const attempt = await visit.answerTo('RequestOtp', () => button(visit, texts.sendCode).click());
      await says(visit, digits(internationally(phone)));
      expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([
        locale,
        locale === 'fa' ? 'rtl' : 'ltr',
      ]);

      const code = gateway.codeOf(attempt.attemptId);
      await codeField(visit).pressSequentially(digits(code.slice(0, 3)));
      expect(latinDigits(await codeField(visit).inputValue())).toBe(code.slice(0, 3));
      expect(await codeField(visit).inputValue()).toBe(digits(code.slice(0, 3)));
      await codeField(visit).pressSequentially(digits(code.slice(3)));
      await signedIn(visit);
      await says(visit, digits(phone));
      expect(visit.sent.filter((operation) => /Otp|Claim/.test(operation))).toEqual(['RequestOtp', 'VerifyOtp']);
    },
  );

  test('by pasting the whole message with the code', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, {
      prepare: (context) => context.grantPermissions(['clipboard-read', 'clipboard-write']),
    });
    const { attemptId } = await askForCode(visit, somePhone());
    const message = `Your code: ${gateway.codeOf(attemptId)}`;
    await visit.page.evaluate((text) => navigator.clipboard.writeText(text), message);
    await codeField(visit).press('Control+v');
    await signedIn(visit);
  });

  test.concurrent('with the code that was sent before they looked at the number again', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const { attemptId } = await askForCode(visit, nationally(phone));
    const number = visit.page.getByText(internationally(phone));
    await number.waitFor();
    await visit.page.reload();
    await number.waitFor();
    await button(visit, visit.texts.change).click();
    await eventually(async () => expect(await focused(visit)).toBe('phonegate-phone'));
    expect(await phoneField(visit).inputValue()).toBe(nationally(phone));
    await button(visit, visit.texts.backToCode).click();
    await typeCode(visit, gateway.codeOf(attemptId));
    await signedIn(visit);
    expect(visit.sent.filter((operation) => operation === 'RequestOtp')).toHaveLength(1);
  });

  test.concurrent('after they saw a typo in the number and changed it, in the middle where it would be masked', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const mistyped = `${phone.slice(0, 6)}${(Number(phone[6]) + 1) % 10}${phone.slice(7)}`;
    const first = await askForCode(visit, mistyped);
    await says(visit, internationally(mistyped));
    await button(visit, visit.texts.change).click();
    const second = await askForCode(visit, phone);
    expect(second.maskedPhone).toBe(first.maskedPhone);
    await says(visit, internationally(phone));
    await typeCode(visit, gateway.codeOf(second.attemptId));
    await signedIn(visit);
    expect(visit.sent).toContain('CancelLogin'); // no other channel tries the mistyped number
  });
});

describe('a wrong code', () => {
  test.concurrent('empties the field and shows how many tries are left', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const { attemptId } = await askForCode(visit, somePhone());
    const code = gateway.codeOf(attemptId);
    await typeCode(visit, wrongCode(code));
    await holds(alert(visit), `${errors.INCORRECT_CODE} ${visit.texts.triesLeft('4')}`);
    await eventually(async () => expect(await codeField(visit).inputValue()).toBe(''));
    expect(await codeField(visit).getAttribute('aria-invalid')).toBe('true');
    expect(await codeField(visit).evaluate((field) => field === document.activeElement)).toBe(true);
    await typeCode(visit, code);
    await signedIn(visit);
  });

  test.concurrent('is not submitted while it is incomplete, as it would cost a try', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const { attemptId } = await askForCode(visit, somePhone());
    await codeField(visit).press('Enter');
    await codeField(visit).pressSequentially('12');
    await codeField(visit).press('Enter');
    await codeField(visit).fill('');
    await typeCode(visit, gateway.codeOf(attemptId));
    await signedIn(visit);
    expect(visit.sent.filter((operation) => operation === 'VerifyOtp')).toHaveLength(1);
  });

  test.concurrent('is no longer reported once the user chooses another language', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const { attemptId } = await askForCode(visit, somePhone());
    await typeCode(visit, wrongCode(gateway.codeOf(attemptId)));
    await holds(alert(visit), errors.INCORRECT_CODE);
    await button(visit, 'Русский').click();
    await says(visit, textsIn('ru').signIn);
    await eventually(async () => expect(await alert(visit).innerText()).toBe(''));
  });

  test.concurrent('ends the attempt after five tries, and a refused request for a new code is reported', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const { attemptId } = await askForCode(visit, phone);
    await failAttempt(database, attemptId, 'TOO_MANY_TRIES');
    await typeCode(visit, gateway.codeOf(attemptId));
    await holds(alert(visit), visit.texts.closed.TOO_MANY_TRIES);
    await insertGuessFailures(database, phone, { hourFailures: 10 });
    await visit.answerTo('RequestOtp', () => button(visit, visit.texts.newCode).click());
    await holds(alert(visit), visit.texts.tooManyAttempts);
  });

  test.concurrent('ends the attempt after five tries, and an hour later one tap requests a new code', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    const { attemptId } = await askForCode(visit, phone);
    const code = gateway.codeOf(attemptId);
    for (let wrong = code, left = 4; left >= 0; left -= 1) {
      wrong = wrongCode(wrong);
      await visit.answerTo('VerifyOtp', () => typeCode(visit, wrong));
      if (left > 0) await holds(alert(visit), visit.texts.triesLeft(`${left}`));
    }
    await holds(alert(visit), visit.texts.closed.TOO_MANY_TRIES);
    expect(await codeField(visit).count()).toBe(0);
    await guessHourPasses(database, phone);
    const next = await visit.answerTo('RequestOtp', () => button(visit, visit.texts.newCode).click());
    await typeCode(visit, gateway.codeOf(next.attemptId));
    await signedIn(visit);
  });
});

describe('a code that does not arrive', () => {
  /** Moves the time before a resend is allowed, in the database and on the page's clock. */
  async function passResendTime(visit: Awaited<ReturnType<typeof openLogin>>, attemptId: string) {
    await ageResend(database, attemptId);
    await visit.page.clock.fastForward('01:01');
  }
  const withClock = { prepare: (context: import('playwright-core').BrowserContext) => context.clock.install() };

  test.concurrent('can be sent again after a minute, and is the same code', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, withClock);
    const { attemptId } = await askForCode(visit, somePhone());
    const code = gateway.codeOf(attemptId);
    await holds(visit.page.getByRole('timer'), /Send again in (1:00|0:5\d)/);
    expect(await button(visit, visit.texts.sendAgain).count()).toBe(0);
    await passResendTime(visit, attemptId);
    const again = await visit.answerTo('ResendOtp', () => button(visit, visit.texts.sendAgain).click());
    expect(again).toMatchObject({ __typename: 'OtpRequested', attemptId });
    expect(
      gateway.log.filter((line) => line.event === 'console.message' && line['attemptId'] === attemptId),
    ).toHaveLength(2);
    await button(visit, visit.texts.sendAgain).waitFor({ state: 'detached' });
    await eventually(async () => expect(await focused(visit)).toBe('phonegate-code'));
    await visit.page.keyboard.type(code);
    await signedIn(visit);
  });

  test.concurrent('can be sent by another channel', async ({ onTestFinished }) => {
    const visit = await openLogin(scene.gateway, onTestFinished, withClock);
    const { texts } = visit;
    const phone = phoneIn('IR');
    const { attemptId } = await askForCode(visit, phone);
    await says(visit, texts.delivery.sent('WhatsApp'));
    await passResendTime(visit, attemptId);
    await visit.answerTo('ResendOtp', () => button(visit, texts.sendAgainBy('SMS')).click());
    await holds(visit.page.locator('.phonegate-delivery'), texts.delivery.sent('SMS'));
    const [first, second] = scene.askedFor(phone);
    expect([first?.channel, second?.channel]).toEqual(['green-api', 'kavenegar-sms']);
    expect(second?.code).toBe(first?.code);
    await typeCode(visit, first?.code ?? '');
    await signedIn(visit);
  });

  test.concurrent('expires, and one tap requests a new one', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, withClock);
    const first = await askForCode(visit, somePhone());
    await expire(database, first.attemptId);
    await visit.page.clock.fastForward('05:01');
    await holds(alert(visit), visit.texts.closed.EXPIRED);
    const next = await visit.answerTo('RequestOtp', () => button(visit, visit.texts.newCode).click());
    expect(next.attemptId).not.toBe(first.attemptId);
    await typeCode(visit, gateway.codeOf(next.attemptId));
    await signedIn(visit);
  });
});

describe('the page explains', () => {
  test.concurrent('a text that is no phone number, until it is changed', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    await askForCode(visit, '8 701 12');
    await holds(alert(visit), errors.INVALID_PHONE_NUMBER);
    expect(await phoneField(visit).getAttribute('aria-invalid')).toBe('true');
    const phone = nationally(somePhone());
    await phoneField(visit).fill(phone);
    await holds(alert(visit), /^$/);
    await signInByCode(visit, gateway, phone);
  });

  test.concurrent('a country that is not allowed', async ({ onTestFinished }) => {
    const visit = await openLogin(kyrgyz, onTestFinished);
    await askForCode(visit, somePhone());
    await holds(alert(visit), errors.PHONE_NOT_ALLOWED);
    await signInByCode(visit, kyrgyz, phoneIn('KG'));
  });

  test.concurrent('a rate limit, with the time to wait', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    await askForCode(visit, phone);
    await holds(alert(visit), /^Too many attempts\. Try again in (60:00|59:\d\d)\.$/);
    // The number itself is valid.
    expect(await phoneField(visit).getAttribute('aria-invalid')).toBe('false');
  });

  test.concurrent('a code that no provider accepts', async ({ onTestFinished }) => {
    const broken = await setScene(
      database,
      { env: { ...PRODUCTION, ...BEHIND_PROXY, ...(await somewhere()) } },
      onTestFinished,
    );
    for (const provider of [broken.greenApi, broken.kavenegar, broken.melipayamak])
      provider.fault = { status: 500, body: '' };
    const visit = await openLogin(broken.gateway, onTestFinished);
    await askForCode(visit, phoneIn('IR'));
    await holds(alert(visit), errors.DELIVERY_FAILED);
    expect(await phoneField(visit).getAttribute('aria-invalid')).toBe('false'); // nobody knows that
    await button(visit, visit.texts.withWhatsApp).waitFor();
  });

  test.concurrent('a blocked account only after the right code', async ({ onTestFinished }) => {
    const phone = somePhone();
    await insertUser(database, { phone, blocked: true });
    const visit = await openLogin(gateway, onTestFinished);
    const { attemptId } = await askForCode(visit, phone);
    await typeCode(visit, gateway.codeOf(attemptId));
    await holds(alert(visit), visit.texts.closed.USER_BLOCKED);
  });

  test.concurrent('nothing about an unknown number while sign-up is closed: the page is the same as for a known one, and no code is sent', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(closed, onTestFinished);
    const someone = somePhone();
    const unknown = await askForCode(visit, someone);
    await says(visit, internationally(someone));
    expect(() => closed.codeOf(unknown.attemptId)).toThrow('No code was sent');
    const shown = await visit.page.getByRole('main').innerText();

    const phone = somePhone();
    await insertUser(database, { phone });
    const other = await openLogin(closed, onTestFinished);
    const known = await askForCode(other, phone);
    await says(other, internationally(phone));
    const withoutNumbers = (text: string, number: string) =>
      text.replace(internationally(number), '').replaceAll(/\d+:\d\d/g, '');
    expect(withoutNumbers(shown, someone)).toBe(withoutNumbers(await other.page.getByRole('main').innerText(), phone));
    await typeCode(other, closed.codeOf(known.attemptId));
    await signedIn(other);
  });
});
