import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { latinDigits } from '../../packages/react/src/locales/locale.js';
import { deliverWebhook, incomingText, somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertUser } from '../support/rows.js';
import { readQr } from './support/qr.js';
import {
  alert,
  button,
  focused,
  holds,
  phoneField,
  says,
  signInByCode,
  signedIn,
  startWhatsApp,
} from './support/steps.js';
import { BEHIND_PROXY, type OnTestFinished, expire, openLogin } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let careful: TestGateway;
let numberless: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const bare = { DATABASE_URL: database.url, ...BEHIND_PROXY };
  const env = { ...bare, WHATSAPP_NUMBER: '77010000001' };
  [gateway, careful, numberless] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, WHATSAPP_CONFIRMATION: 'always' }),
    startGateway({ ...bare, SIGN_UP: 'closed' }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, careful, numberless].map((one) => one.stop()));
  await database.drop();
});

/** Delivers a WhatsApp message as Green API posts it. */
const write = async (text: string, sender = somePhone(), on = gateway) =>
  expect(await deliverWebhook(on.url, incomingText(text, sender))).toBe(200);

describe('on a desktop', () => {
  test.concurrent.for([
    { dark: false, locale: 'en' },
    { dark: true, locale: 'en' },
    { dark: true, locale: 'fa' },
  ] as const)('a camera reads the QR code from the screen: %o', async ({ dark, locale }, { onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, { dark, locale });
    const { qrPayload, loginMessage } = await startWhatsApp(visit);
    await visit.page.getByRole('img', { name: visit.texts.whatsapp.qr }).waitFor();
    const seen = readQr(await visit.page.screenshot());
    expect(seen).toBe(qrPayload);
    expect(new URL(seen ?? '').searchParams.get('text')).toBe(loginMessage);
    await write(loginMessage);
    await signedIn(visit);
    expect(visit.sent.filter((operation) => operation === 'ClaimLogin')).toHaveLength(1);
  });

  test.concurrent('the QR code holds the message alone where the gateway’s number is not known', async ({
    onTestFinished,
  }) => {
    const visit = await openLogin(numberless, onTestFinished);
    const { loginMessage } = await startWhatsApp(visit);
    await says(visit, loginMessage);
    expect(readQr(await visit.page.screenshot())).toBe(loginMessage);
    // Sign-up is closed, and the number is unknown.
    await write(loginMessage, somePhone(), numberless);
    await holds(alert(visit), visit.texts.closed.USER_NOT_FOUND);
  });

  test('the message can be copied', async ({ onTestFinished }) => {
    const visit = await openLogin(gateway, onTestFinished, {
      prepare: (context) => context.grantPermissions(['clipboard-read', 'clipboard-write']),
    });
    const { loginMessage } = await startWhatsApp(visit);
    await button(visit, visit.texts.whatsapp.copy).click();
    await holds(visit.page.getByRole('status'), visit.texts.whatsapp.copied);
    expect(await visit.page.evaluate(() => navigator.clipboard.readText())).toBe(loginMessage);
  });
});

test.concurrent('on a phone a button opens WhatsApp, and the QR code is hidden at first', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished, {
    locale: 'ru',
    viewport: { width: 390, height: 844 },
    touch: true,
  });
  const { page, texts } = visit;
  await button(visit, texts.withWhatsApp).waitFor();
  const { qrPayload, loginMessage } = await startWhatsApp(visit);
  const link = page.getByRole('link', { name: texts.whatsapp.open, exact: true });
  expect(await link.getAttribute('href')).toBe(qrPayload);
  expect(qrPayload).toMatch(/^https:\/\/wa\.me\/77010000001\?text=/);
  const qr = page.getByRole('img', { name: texts.whatsapp.qr });
  expect(await qr.isVisible()).toBe(false);
  await page.getByText(texts.whatsapp.showQr).tap();
  await qr.waitFor();
  expect(readQr(await qr.screenshot())).toBe(qrPayload);
  await write(loginMessage);
  await signedIn(visit);
});

describe('with confirmation', () => {
  async function startConfirmation(onTestFinished: OnTestFinished) {
    const visit = await openLogin(careful, onTestFinished, { locale: 'fa' });
    const { loginMessage } = await startWhatsApp(visit);
    const phone = somePhone();
    await write(loginMessage, phone, careful);
    const shown = visit.page.locator('.phonegate-confirmation');
    await shown.waitFor();
    return { visit, phone, shown };
  }

  test.concurrent('shows two large digits, and signs in the user who sends them back', async ({ onTestFinished }) => {
    const { visit, phone, shown } = await startConfirmation(onTestFinished);
    const text = await shown.innerText();
    expect(text).toMatch(/^[۰-۹]{2}$/);
    expect(await shown.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize))).toBeGreaterThan(
      48,
    );
    expect(await visit.page.getByRole('status').filter({ hasText: text }).count()).toBe(1); // read out
    await write(text.trim(), phone, careful);
    await signedIn(visit);
  });

  test.concurrent('reports other digits with the tries that are left, also after a reload', async ({
    onTestFinished,
  }) => {
    const { visit, phone, shown } = await startConfirmation(onTestFinished);
    const { texts } = visit;
    const number = Number(latinDigits(await shown.innerText()));
    const wrong = (step: number) => write(String(10 + ((number - 10 + step) % 90)), phone, careful);
    await says(visit, texts.whatsapp.confirm);
    await wrong(1);
    const status = visit.page.getByRole('status');
    await holds(status, `${texts.wrongNumber} ${texts.triesLeft(visit.number(2))}`);
    await says(visit, texts.confirmAgain);
    await wrong(2);
    await holds(status, `${texts.wrongNumber} ${texts.triesLeft(visit.number(1))}`);
    await visit.page.reload();
    await holds(status, `${texts.wrongNumber} ${texts.triesLeft(visit.number(1))}`);
    expect(Number(latinDigits(await shown.innerText()))).toBe(number);
    await wrong(3);
    await holds(alert(visit), texts.closed.TOO_MANY_TRIES);
    expect(await focused(visit)).toBe(texts.whatsapp.renew);
  });

  test.concurrent('offers a new QR code and the login by code after the answer NO', async ({ onTestFinished }) => {
    const { visit, phone } = await startConfirmation(onTestFinished);
    await write('NO', phone, careful);
    await holds(alert(visit), visit.texts.closed.CANCELED);
    await button(visit, visit.texts.withCode).waitFor();
    await button(visit, visit.texts.whatsapp.renew).waitFor();
  });
});

test.concurrent('a hidden number leads to the login by code with one tap', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished);
  const { loginMessage } = await startWhatsApp(visit);
  await write(loginMessage, '100000000000001@lid');
  await holds(alert(visit), visit.texts.closed.PHONE_HIDDEN);
  await button(visit, visit.texts.withCode).click();
  await phoneField(visit).waitFor();
  await signInByCode(visit, gateway, somePhone());
});

test.concurrent('an expired QR code is replaced with one tap', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished, {
    prepare: (context) => context.clock.install(),
  });
  const first = await startWhatsApp(visit);
  await expire(database, first.attemptId);
  await visit.page.clock.fastForward('03:01');
  await holds(alert(visit), visit.texts.whatsapp.expired);
  expect(readQr(await visit.page.screenshot())).toBeUndefined();
  const next = await visit.answerTo('StartWhatsAppLogin', () => button(visit, visit.texts.whatsapp.renew).click());
  expect(next.attemptId).not.toBe(first.attemptId);
  await write(next.loginMessage);
  await signedIn(visit);
});

test.concurrent('a blocked account is reported', async ({ onTestFinished }) => {
  const phone = somePhone();
  await insertUser(database, { phone, blocked: true });
  const visit = await openLogin(gateway, onTestFinished);
  const { loginMessage } = await startWhatsApp(visit);
  await write(loginMessage, phone);
  await holds(alert(visit), visit.texts.closed.USER_BLOCKED);
});
