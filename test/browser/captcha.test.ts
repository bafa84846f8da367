import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CaptchaServiceSimulator, startCaptchaService } from '../../simulators/captcha-service.js';
import { NETWORK_FAILURES_PER_HOUR } from '../../src/guard/limits.js';
import { deliverWebhook, incomingText, somePhone } from '../support/calls.js';
import { insertGuessFailures } from '../support/rows.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { expectNoViolations } from './support/looks.js';
import { alert, button, codeField, holds, phoneField, signedIn, typeCode } from './support/steps.js';
import { BEHIND_PROXY, openLogin } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let turnstile: CaptchaServiceSimulator;
let hcaptcha: CaptchaServiceSimulator;
let withTurnstile: TestGateway;
let withHcaptcha: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, CAPTCHA: 'altcha', CAPTCHA_ASK: 'always', ...BEHIND_PROXY };
  [turnstile, hcaptcha] = await Promise.all([startCaptchaService('turnstile'), startCaptchaService('hcaptcha')]);
  const keysOf = ({ secret, verifyUrl }: CaptchaServiceSimulator) => ({
    CAPTCHA_SITE_KEY: 'site-key-of-the-test',
    CAPTCHA_SECRET: secret,
    CAPTCHA_VERIFY_URL: verifyUrl,
  });
  [gateway, withTurnstile, withHcaptcha] = await Promise.all([
    startGateway({ ...env, WHATSAPP_NUMBER: '77010000001' }),
    startGateway({ ...env, CAPTCHA: 'turnstile', ...keysOf(turnstile) }),
    startGateway({ ...env, CAPTCHA: 'hcaptcha', ...keysOf(hcaptcha) }),
  ]);
});
afterAll(async () => {
  await Promise.all([gateway, withTurnstile, withHcaptcha].map((one) => one.stop()));
  await Promise.all([turnstile.close(), hcaptcha.close()]);
  await database.drop();
});

test('a user signs in by code in Russian: the page solves the captcha and says so, without a puzzle', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished, { locale: 'ru' });
  // As a slow phone, so that the text can be seen.
  const devtools = await visit.context.newCDPSession(visit.page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  await phoneField(visit).fill(somePhone());
  await button(visit, visit.texts.sendCode).click();
  await visit.page.getByRole('status').getByText(visit.texts.solvingCaptcha).waitFor();
  await expectNoViolations(visit);
  await codeField(visit).waitFor();
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  expect(await visit.page.getByText(visit.texts.solvingCaptcha).count()).toBe(0);
  await expectNoViolations(visit);
  const sent = gateway.log.findLast(({ event }) => event === 'console.message');
  await typeCode(visit, gateway.codeOf(String(sent?.['attemptId'])));
  await signedIn(visit);
  expect(visit.sent.filter((operation) => operation === 'RequestOtp')).toHaveLength(2);
});

test('a user in a network with many wrong codes signs in: the page solves a captcha and sends the code again', async ({
  onTestFinished,
}) => {
  const visit = await openLogin(gateway, onTestFinished, { locale: 'ru' });
  await phoneField(visit).fill(somePhone());
  await button(visit, visit.texts.sendCode).click();
  await codeField(visit).waitFor();
  const sent = gateway.log.findLast(({ event }) => event === 'console.message');
  const [attempt] = await database.query<{ client_network: string }>(
    'SELECT client_network FROM login_attempts WHERE id = $1',
    [sent?.['attemptId']],
  );
  const failures = NETWORK_FAILURES_PER_HOUR;
  await insertGuessFailures(database, String(attempt?.client_network), {
    hourFailures: failures,
    dayFailures: failures,
  });
  await typeCode(visit, gateway.codeOf(String(sent?.['attemptId'])));
  await signedIn(visit);
  expect(visit.sent.filter((operation) => operation === 'VerifyOtp')).toHaveLength(2);
});

test('a user signs in by WhatsApp in Russian', async ({ onTestFinished }) => {
  const visit = await openLogin(gateway, onTestFinished, { locale: 'ru' });
  await button(visit, visit.texts.withWhatsApp).click();
  await visit.page.getByRole('img', { name: visit.texts.whatsapp.qr }).waitFor();
  const loginMessage = (await visit.page.getByText(/^AMT LOGIN /).textContent()) ?? '';
  await expectNoViolations(visit);
  expect(await deliverWebhook(gateway.url, incomingText(loginMessage, somePhone()))).toBe(200);
  await signedIn(visit);
});

const SCRIPTS = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
  hcaptcha: 'https://js.hcaptcha.com/1/api.js',
};

/** Stands for the script of the service: its widget is solved at once. */
const fakeWidget = (service: 'turnstile' | 'hcaptcha', token: string) => `
  globalThis.shown = [];
  globalThis.${service} = {
    render(container, options) {
      globalThis.shown.push({ sitekey: options.sitekey, cData: options.cData });
      container.innerHTML = '<p>widget</p>';
      ${service === 'turnstile' ? `setTimeout(() => options.callback('${token}'), 50);` : `this.callback = options.callback;`}
      return 'widget-1';
    },
    execute() { setTimeout(() => this.callback('${token}'), 50); },
    remove() {},
  };`;

test.for(['turnstile', 'hcaptcha'] as const)(
  'a user signs in with the widget of %s',
  async (service, { onTestFinished }) => {
    const simulator = service === 'turnstile' ? turnstile : hcaptcha;
    const on = service === 'turnstile' ? withTurnstile : withHcaptcha;
    const body = fakeWidget(service, simulator.solve());
    const visit = await openLogin(on, onTestFinished, {
      prepare: async (context) => {
        await context.route(`${SCRIPTS[service]}*`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
      },
    });
    expect(await visit.page.locator('script[src^="https:"]').count()).toBe(0);
    await phoneField(visit).fill(somePhone());
    await button(visit, visit.texts.sendCode).click();
    await codeField(visit).waitFor();
    const shown = await visit.page.evaluate(
      () => (globalThis as unknown as { shown: { sitekey: string; cData?: string }[] }).shown,
    );
    expect(shown).toEqual([
      {
        sitekey: 'site-key-of-the-test',
        ...(service === 'turnstile' ? { cData: expect.stringMatching(/^[\w-]{43}$/) as unknown } : {}),
      },
    ]);
    expect(await visit.page.locator('.phonegate-captcha').count()).toBe(0);
    await expectNoViolations(visit);
  },
);

test('a widget that does not load leaves a message, and the user can try again', async ({ onTestFinished }) => {
  const visit = await openLogin(withTurnstile, onTestFinished, {
    prepare: async (context) => {
      await context.route(`${SCRIPTS.turnstile}*`, (route) => route.abort());
    },
    expects: [/net::ERR_FAILED/],
  });
  await phoneField(visit).fill(somePhone());
  await button(visit, visit.texts.sendCode).click();
  await holds(alert(visit), 'not a robot');
  await visit.context.unroute(`${SCRIPTS.turnstile}*`);
  const body = fakeWidget('turnstile', turnstile.solve());
  await visit.context.route(`${SCRIPTS.turnstile}*`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  );
  await button(visit, visit.texts.sendCode).click();
  await codeField(visit).waitFor();
});
