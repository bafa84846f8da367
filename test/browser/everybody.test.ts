import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serve } from '../../simulators/serve.js';
import { messagesIn } from '../../src/locales/messages.js';
import { isolated } from '../../src/web/login/isolated.js';
import { deliverWebhook, incomingText, somePhone } from '../support/calls.js';
import { eventually } from './support/eventually.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import {
  alert,
  askForCode,
  button,
  codeField,
  focused,
  holds,
  internationally,
  phoneField,
  says,
  showsStep,
  signInByCode,
  startWhatsApp,
} from './support/steps.js';
import { BEHIND_PROXY, type Visit, openLogin } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let careful: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, ...BEHIND_PROXY, WHATSAPP_NUMBER: '77010000001' };
  [gateway, careful] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, WHATSAPP_CONFIRMATION: 'always' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, careful].map((one) => one.stop()));
  await database.drop();
});

describe('by keyboard alone, a user signs in', () => {
  /** Presses Tab until the element with this name has the focus, which must be visible. */
  async function tabTo(visit: Visit, name: string): Promise<void> {
    for (let tabs = 0; (await focused(visit)) !== name; tabs += 1) {
      if (tabs > 20) throw new Error(`Tab does not lead to “${name}”`);
      await visit.page.keyboard.press('Tab');
    }
    const outline = await visit.page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
    expect(outline).toBe('solid');
  }

  test.concurrent('by code', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    const { page, texts } = visit;
    const start = texts.signInTo('Phonegate');
    await phoneField(visit).waitFor();
    await showsStep(visit, start);
    const phone = somePhone();
    await page.keyboard.type(phone); // the field has the focus already
    const { attemptId } = await visit.answerTo('RequestOtp', () => page.keyboard.press('Enter'));
    await showsStep(visit, texts.enterCode, `${texts.enterCode} · Phonegate`);
    // The description of the field contains the number.
    const described = (await codeField(visit).getAttribute('aria-describedby')) ?? '';
    await holds(page.locator(`#${described.split(' ')[0]}`), internationally(phone));
    await tabTo(visit, texts.change);
    await page.keyboard.press('Enter');
    await showsStep(visit, start);
    expect(await focused(visit)).toBe('phonegate-phone');
    await page.keyboard.press('Enter'); // the same number: the same code
    await showsStep(visit, texts.enterCode, `${texts.enterCode} · Phonegate`);
    expect(await focused(visit)).toBe('phonegate-code');
    await page.keyboard.type(gateway.codeOf(attemptId));
    await showsStep(visit, texts.account.title, `${texts.account.title} · Phonegate`);
    expect(await focused(visit)).toBe(texts.account.title);
    await tabTo(visit, texts.account.signOut);
    await page.keyboard.press('Enter');
    await showsStep(visit, start);
    expect(await focused(visit)).toBe('phonegate-phone');
  });

  test.concurrent('by WhatsApp with a confirmation, and moves between the two methods', async ({ onTestFinished }) => {
    const visit = await openLogin(careful, onTestFinished, { locale: 'fa' });
    const { page, texts } = visit;
    const application = isolated('Phonegate', 'rtl');
    const title = (heading: string) => `${heading} · ${application}`;
    await phoneField(visit).waitFor();
    await tabTo(visit, texts.withWhatsApp);
    const { loginMessage } = await visit.answerTo('StartWhatsAppLogin', () => page.keyboard.press('Enter'));
    await showsStep(visit, texts.withWhatsApp, title(texts.withWhatsApp));
    expect(await focused(visit)).toContain(texts.whatsapp.scan);
    await tabTo(visit, texts.withCode);
    await page.keyboard.press('Enter');
    await showsStep(visit, texts.signInTo(application));
    await tabTo(visit, texts.withWhatsApp);
    await page.keyboard.press('Enter');
    await says(visit, texts.whatsapp.waiting);
    const phone = somePhone();
    await deliverWebhook(careful.url, incomingText(loginMessage, phone));
    await showsStep(visit, texts.confirmInWhatsApp, title(texts.confirmInWhatsApp));
    expect(await focused(visit)).toContain(texts.whatsapp.confirm);
    const number = await page.locator('.phonegate-confirmation').innerText();
    await deliverWebhook(careful.url, incomingText(number.trim(), phone));
    await showsStep(visit, texts.account.title, title(texts.account.title));
    expect(await focused(visit)).toBe(texts.account.title);
  });
});

describe('for users of a screen reader', () => {
  test.concurrent('an error appears in an alert that was there before', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    await phoneField(visit).waitFor();
    const region = await alert(visit).elementHandle();
    expect(await region?.textContent()).toBe('');
    await askForCode(visit, '123');
    await holds(alert(visit), messagesIn('en').errors.INVALID_PHONE_NUMBER);
    expect(await region?.evaluate((element) => element.isConnected && element.textContent)).toBeTruthy();
    // The field refers to the alert.
    expect(await phoneField(visit).getAttribute('aria-describedby')).toContain(await region?.getAttribute('id'));
  });

  test.concurrent('the delivery status is announced, and countdowns are not', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished);
    await askForCode(visit, somePhone());
    const { page, texts } = visit;
    await holds(page.getByRole('status'), texts.delivery.sentToDeveloper);
    for (const timer of await page.getByRole('timer').all())
      expect(await timer.evaluate((element) => element.closest('[role=status], [role=alert], [aria-live]'))).toBeNull();
  });
});

test.concurrent('Persian is written from right to left in Persian digits, with numbers from left to right', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished, {
    locale: 'fa',
    viewport: { width: 360, height: 740 },
  });
  const phone = somePhone();
  await askForCode(visit, phone);
  const { page } = visit;
  const number = page.getByText(visit.digits(internationally(phone)));
  await number.waitFor();
  expect(await page.getByRole('main').innerText()).not.toMatch(/[0-9]/);
  expect(await number.getAttribute('dir')).toBe('ltr');
  expect(await page.getByRole('main').evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
  expect(await codeField(visit).getAttribute('dir')).toBe('ltr');
});

test.concurrent('nothing is animated where the user prefers reduced motion', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished, { reducedMotion: true });
  await askForCode(visit, somePhone());
  expect(await visit.page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test.concurrent('without JavaScript the page asks for it in every language', async ({ onTestFinished }) => {
  const { page } = await openLogin(gateway, onTestFinished, { javaScript: false });
  const texts = page.locator('noscript p');
  expect(await texts.evaluateAll((all) => all.map((one) => (one as HTMLElement).lang))).toEqual([
    'en',
    'ru',
    'kk',
    'ky',
    'fa',
  ]);
  for (const one of await texts.all()) expect(await one.isVisible()).toBe(true);
});

describe('the language', () => {
  test.concurrent('is the browser’s, can be changed, and is remembered after a reload', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, { locale: 'ky' });
    await phoneField(visit).waitFor();
    await phoneField(visit).fill('123');
    await button(visit, 'Русский').click();
    const field = visit.page.getByLabel('Номер телефона');
    expect(await field.inputValue()).toBe('123'); // the typed text is kept
    await button(visit, 'Получить код').click();
    await holds(alert(visit), messagesIn('ru').errors.INVALID_PHONE_NUMBER);
    await visit.page.reload();
    await field.waitFor();
    expect(await button(visit, 'Русский').getAttribute('aria-pressed')).toBe('true');
  });

  test.concurrent('is that of the URL where it names one', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, { query: '?locale=kk-KZ' });
    await button(visit, 'Код алу').waitFor();
    expect(await visit.page.evaluate(() => document.documentElement.lang)).toBe('kk');
  });
});

test.concurrent('shows the title, logo and colours of the operator', async ({ onTestFinished }) => {
  const logo = await serve((_request, _body, response) => {
    response
      .setHeader('content-type', 'image/svg+xml')
      .end('<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" /></svg>');
  });
  const themed = await startGateway({
    DATABASE_URL: database.url,
    LOGIN_TITLE: 'Acme',
    LOGIN_LOGO_URL: `${logo.url}/logo.svg`,
    LOGIN_THEME: 'accent=#7a1fa2;radius=0px;dark-accent=#e1bee7;dark-on-accent=#000',
  });
  onTestFinished(async () => void (await Promise.all([themed.stop(), logo.close()])));
  const visit = await openLogin(themed, onTestFinished);
  const { page, texts } = visit;
  await page.getByRole('heading', { name: texts.signInTo('Acme') }).waitFor();
  expect(await page.title()).toBe(texts.signInTo('Acme'));
  await eventually(async () =>
    expect(await page.locator('img').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(120),
  );
  const style = () =>
    button(visit, texts.sendCode).evaluate((element) => {
      const { backgroundColor, borderRadius, color } = getComputedStyle(element);
      return { backgroundColor, borderRadius, color };
    });
  expect(await style()).toEqual({
    backgroundColor: 'rgb(122, 31, 162)',
    borderRadius: '0px',
    color: 'rgb(255, 255, 255)',
  });
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await style()).toEqual({ backgroundColor: 'rgb(225, 190, 231)', borderRadius: '0px', color: 'rgb(0, 0, 0)' });
});

test.concurrent('has no inline script, and its policy blocks one that is inserted', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished, {
    expects: [/TrustedScript|Trusted ?Type|Content Security Policy/],
  });
  const { page } = visit;
  await phoneField(visit).waitFor();
  const inline = await page.evaluate(
    () =>
      [...document.querySelectorAll('script')].filter(({ src, type }) => src === '' && type !== 'application/json')
        .length,
  );
  expect(inline).toBe(0);
  const blocked = await page.evaluate(async () => {
    const violated = new Promise<string>((resolve) =>
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective), {
        once: true,
      }),
    );
    try {
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.pwned = true' }));
    } catch {} // trusted types
    return { violated: await violated, pwned: 'pwned' in window };
  });
  expect(blocked.pwned).toBe(false);
  expect(blocked.violated).toMatch(/^(script-src|require-trusted-types-for)/);
});

test.concurrent('links to the developer’s phone in development', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished);
  const { loginMessage } = await startWhatsApp(visit);
  const links = visit.page.getByRole('link', { name: visit.texts.openDeveloper });
  await links.first().waitFor();
  for (const link of await links.all())
    expect(await link.getAttribute('href')).toBe(`/dev/phone?text=${encodeURIComponent(loginMessage)}`);
  await visit.page.goBack();
  await signInByCode(visit, gateway, somePhone());
});
