import { Fragment, createElement } from 'react';
import { renderToString } from 'react-dom/server';
import type { Page } from 'playwright-core';
import { createPhonegate } from '@phonegate/client';
import { PhoneLogin, type PhoneLoginProps, useSession } from '@phonegate/react';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readmeBlock } from '../../packages/react/test/readme.js';
import type { Locale } from '../../packages/react/src/locales/locale.js';
import { textsIn } from '../../packages/react/src/locales/texts-in.js';
import { deliverWebhook, incomingText, somePhone, wrongCode } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses } from '../support/process.js';
import { sharedChromium } from './support/chromium.js';
import { eventually } from './support/eventually.js';
import { readQr } from './support/qr.js';
import { type ApplicationServer, bundle, startApplicationServer } from './support/react-application.js';
import type { OnTestFinished } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;
let applications: ApplicationServer;
let ownForm: string;

beforeAll(async () => {
  database = await createDatabase();
  applications = await startApplicationServer();
  const env = { DATABASE_URL: database.url, ALLOWED_ORIGINS: applications.origin };
  gateway = await startGateway({ ...env, WHATSAPP_NUMBER: '77010000001' });
  ownForm = await bundle({
    'form.tsx': readmeBlock('form.tsx'),
    'main.tsx': `
      import { createPhonegate } from '@phonegate/client';
      import { useSession } from '@phonegate/react';
      import { createRoot } from 'react-dom/client';
      import { OwnForm } from './form';

      const client = createPhonegate({ url: ${JSON.stringify(gateway.url)} });
      function Session() {
        const { status, user } = useSession(client);
        return <p id="session">{status} {user?.phone}</p>;
      }
      createRoot(document.getElementById('app')!).render(<><OwnForm client={client} /><Session /></>);
    `,
  });
});
afterAll(async () => {
  await gateway.stop();
  applications.stop();
  await database.drop();
  await cleanUpProcesses();
});

/** The form and the session as a server renders them. */
function onServer(props: Omit<PhoneLoginProps, 'client'>): string {
  const client = createPhonegate({ url: gateway.url });
  const Session = () => createElement('p', { id: 'session' }, useSession(client).status);
  const Page = () =>
    createElement(Fragment, null, createElement(PhoneLogin, { client, ...props }), createElement(Session));
  const html = renderToString(createElement(Page));
  client.session.close();
  return html;
}

/** The script that hydrates them. */
const hydrating = (props: Omit<PhoneLoginProps, 'client'>): Promise<string> =>
  bundle({
    'main.tsx': `
      import { createPhonegate } from '@phonegate/client';
      import { PhoneLogin, useSession } from '@phonegate/react';
      import { StrictMode } from 'react';
      import { hydrateRoot } from 'react-dom/client';

      const client = createPhonegate({ url: ${JSON.stringify(gateway.url)} });
      const Session = () => <p id="session">{useSession(client).status}</p>;
      const Page = () => <><PhoneLogin client={client} {...${JSON.stringify(props)}} /><Session /></>;
      hydrateRoot(
        document.getElementById('app')!,
        <StrictMode><Page /></StrictMode>,
        { onRecoverableError: (error) => console.error('Recoverable error:', error) },
      );
      requestIdleCallback(() => document.body.setAttribute('data-hydrated', ''));
    `,
  });

/** A page that fails the test when the browser reports an error or a warning that it does not expect. */
async function newPage(onTestFinished: OnTestFinished, locale: Locale = 'en', expects?: RegExp): Promise<Page> {
  const browser = await sharedChromium();
  const context = await browser.newContext({ locale });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const reported: string[] = [];
  page.on('pageerror', ({ message }) => reported.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') reported.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(reported.filter((text) => !expects?.test(text))).toEqual([]);
  });
  return page;
}

async function askForCode(page: Page): Promise<{ attemptId: string }> {
  const answered = page.waitForResponse((response) => response.request().postData()?.includes('RequestOtp') === true);
  await page.getByRole('button', { name: textsIn('en').sendCode }).click();
  return (await (await answered).json()).data.requestOtp;
}

const session = (page: Page, text: string) => page.locator('#session').getByText(text).waitFor();
const hydrated = (page: Page) => page.locator('body[data-hydrated]').waitFor();

describe('a form that a server has rendered', () => {
  test.concurrent('is hydrated without a difference, in the language of its prop', async ({ onTestFinished }) => {
    const page = await newPage(onTestFinished, 'ru');
    const served = { html: onServer({ locale: 'kk' }), script: hydrating({ locale: 'kk' }) };
    expect(served.html).toContain(textsIn('kk').phone);
    await applications.open(page, served);
    await hydrated(page);
    await page.getByLabel(textsIn('kk').phone).fill(somePhone());
    await page.getByRole('button', { name: textsIn('kk').sendCode }).click();
    await page.getByLabel(textsIn('kk').code, { exact: true }).waitFor();
  });

  test.concurrent('changes from English to the language of the browser', async ({ onTestFinished }) => {
    const page = await newPage(onTestFinished, 'ru');
    const served = { html: onServer({}), script: hydrating({}) };
    expect(served.html).toContain(textsIn('en').phone);
    await applications.open(page, served);
    await page.getByLabel(textsIn('ru').phone).waitFor();
    expect(await page.locator('.phonegate').getAttribute('lang')).toBe('ru');
  });

  test.concurrent('keeps what the user typed before the script was there', async ({ onTestFinished }) => {
    const page = await newPage(onTestFinished);
    let arrive: (script: string) => void = () => {};
    const script = new Promise<string>((resolve) => (arrive = resolve));
    await applications.open(page, { html: onServer({}), script });
    const field = page.getByLabel(textsIn('en').phone);
    await field.fill('8 701 000');
    arrive(await hydrating({}));
    await hydrated(page);
    await field.press('End');
    await field.pressSequentially(' 00 02');
    await page.getByText('Kazakhstan').waitFor(); // what the form knows of the number, and not only the field
    expect(await field.inputValue()).toBe('8 701 000 00 02');
  });

  test.concurrent('cannot be submitted before the script is there, which would put the phone into the URL', async ({
    onTestFinished,
  }) => {
    const page = await newPage(onTestFinished);
    let arrive: (script: string) => void = () => {};
    const script = new Promise<string>((resolve) => (arrive = resolve));
    await applications.open(page, { html: onServer({}), script });
    const url = page.url();
    const field = page.getByLabel(textsIn('en').phone);
    const phone = somePhone();
    await field.fill(phone);
    await field.press('Enter');
    await page.getByRole('button', { name: textsIn('en').sendCode }).click({ force: true });
    expect([page.url(), await field.inputValue()]).toEqual([url, phone]);
    arrive(await hydrating({}));
    await hydrated(page);
    await askForCode(page);
    await page.getByLabel(textsIn('en').code, { exact: true }).waitFor();
    expect(page.url()).toBe(url);
  });

  test.concurrent('is hydrated without a difference where the user has a code or a session', async ({
    onTestFinished,
  }) => {
    // Strict mode ends the first effect, and so its connection.
    const page = await newPage(onTestFinished, 'en', /WebSocket is closed before the connection is established/);
    const served = { html: onServer({}), script: hydrating({}) };
    expect(served.html).toContain('loading');
    await applications.open(page, served);
    await session(page, 'signed-out');
    await page.getByLabel(textsIn('en').phone).fill(somePhone());
    const { attemptId } = await askForCode(page);
    const field = page.getByLabel(textsIn('en').code, { exact: true });
    await field.waitFor();
    await page.reload();
    await field.fill(gateway.codeOf(attemptId));
    await session(page, 'signed-in');
    await page.reload();
    await hydrated(page);
    await session(page, 'signed-in');
  });
});

describe('the form of the README, made with usePhoneLogin alone', () => {
  async function open(onTestFinished: OnTestFinished): Promise<Page> {
    const page = await newPage(onTestFinished);
    await applications.open(page, { html: '', script: Promise.resolve(ownForm) });
    return page;
  }
  const texts = textsIn('en');
  const alert = (page: Page) => page.getByRole('alert');

  test.concurrent('signs in by code, and says what is wrong before', async ({ onTestFinished }) => {
    const page = await open(onTestFinished);
    const phone = somePhone();
    const field = page.getByLabel(texts.phone);
    await field.fill('12');
    await page.getByRole('button', { name: texts.sendCode }).click();
    await eventually(async () => expect(await alert(page).innerText()).not.toBe(''));
    await field.fill(phone);
    expect(await alert(page).innerText()).toBe('');
    await page.getByText('Kazakhstan').waitFor();
    const code = gateway.codeOf((await askForCode(page)).attemptId);
    await page.getByText(/\(4:\d\d\)/).waitFor();
    expect(await page.getByRole('button', { name: texts.sendAgain }).isDisabled()).toBe(true);
    await page.getByLabel(texts.code).fill(wrongCode(code));
    await alert(page).getByText(/4/).waitFor(); // the tries that are left
    await page.getByLabel(texts.code).fill(code);
    await session(page, `signed-in ${phone}`);
  });

  test.concurrent('signs in by its QR code', async ({ onTestFinished }) => {
    const page = await open(onTestFinished);
    await page.getByRole('button', { name: texts.withWhatsApp }).click();
    const qr = page.locator('a svg');
    await qr.evaluate((svg) => svg.setAttribute('width', '400'));
    const scanned = readQr(await qr.screenshot());
    expect(scanned).toBe(await page.locator('a').getAttribute('href'));
    const phone = somePhone();
    const message = new URL(String(scanned)).searchParams.get('text') ?? '';
    expect(await deliverWebhook(gateway.url, incomingText(message, phone))).toBe(200);
    await session(page, `signed-in ${phone}`);
  });
});
