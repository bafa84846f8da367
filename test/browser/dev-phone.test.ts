import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Result, readAttempt, requestOtp, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { writeFromDevPhone } from '../support/dev-phone.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { sharedChromium } from './support/chromium.js';
import { expectNoViolations } from './support/looks.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    WHATSAPP_CONFIRMATION: 'always',
    WHATSAPP_NUMBER: '77010000001',
  });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

/** Opens a page that can reach only the gateway. Errors and requests to other hosts are in `problems`. */
async function open(
  path: string,
  onTestFinished: (act: () => Promise<void>) => void,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; problems: string[] }> {
  const browser = await sharedChromium();
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const problems: string[] = [];
  await context.route('**/*', (route) => {
    const asked = route.request().url();
    if (asked.startsWith(gateway.url) || /^(data|blob):/.test(asked)) return route.continue();
    problems.push(asked);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${gateway.url}${path}`);
  return { page, problems };
}

const bubbles = (page: Page) => page.locator('.bubble');

describe('the developer’s phone', () => {
  test('shows a code as soon as it is sent, and copies it', async ({ onTestFinished }) => {
    const phone = somePhone();
    const { page, problems } = await open(`/dev/phone?phone=${phone}`, onTestFinished, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByText('live', { exact: true }).waitFor();
    const code = gateway.codeOf((await requestOtp(gateway.graphqlUrl, { phone })).attemptId);
    await page.locator('.code strong', { hasText: code }).waitFor();
    await page.getByRole('button', { name: `Copy the code ${code}` }).click();
    await page.getByText('Copied').first().waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(code);
    expect(await page.getByRole('status').last().textContent()).toContain(`SMS for ${phone}`);
    expect(problems).toEqual([]);
  });

  test('marks a phone with unread messages until it is chosen', async ({ onTestFinished }) => {
    const [phone, other] = [somePhone(), somePhone()];
    const { page } = await open(`/dev/phone?phone=${phone}`, onTestFinished);
    await page.getByText('live', { exact: true }).waitFor();
    await requestOtp(gateway.graphqlUrl, { phone: other, locale: 'FA' });
    const button = page.getByRole('button', { name: other });
    await button.getByText('1 unread').waitFor();
    await button.click();
    await vi.waitFor(async () => expect(await button.getByText('unread').count()).toBe(0), { timeout: 15_000 });
    // A Persian message is written from right to left.
    await bubbles(page).locator('.text:dir(rtl)').waitFor();
  });

  test('fills in the message of a link, and completes the login by keyboard alone', async ({ onTestFinished }) => {
    const phone = somePhone();
    const attempt = await startWhatsAppLogin(gateway.graphqlUrl);
    const link = `/dev/phone?phone=${phone}&text=${encodeURIComponent(attempt.loginMessage)}`;
    const { page, problems } = await open(link, onTestFinished);
    await page.locator('button:focus', { hasText: 'Send' }).waitFor();
    await page.keyboard.press('Enter');
    // The gateway's question is below the message it answers, whichever the page learned first.
    await bubbles(page).nth(1).getByText('reply with the two-digit number').waitFor();
    await bubbles(page).nth(0).getByText('taken by the gateway (HTTP 200)').waitFor();
    const asked = await readAttempt(gateway.graphqlUrl, attempt);
    await page.keyboard.type(String(asked?.confirmationNumber));
    await page.keyboard.press('Enter');
    await bubbles(page).nth(2).getByText('taken by the gateway').waitFor();
    expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ status: 'COMPLETED' });
    expect(problems).toEqual([]);
  });

  test('explains an invalid sender number', async ({ onTestFinished }) => {
    const { page } = await open('/dev/phone', onTestFinished);
    await page.getByLabel('From').fill('123');
    await page.getByLabel('WhatsApp message to the gateway').fill('hello');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('This is not a phone number.').waitFor();
    await page.getByLabel('From').fill('8 701 000 00 02');
    await page.getByLabel('hidden number').check();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await bubbles(page).getByText('number hidden').waitFor();
    await page.getByRole('heading', { name: '+77010000002' }).waitFor();
  });

  test.each([
    ['light, wide', { viewport: { width: 1280, height: 800 } }],
    ['dark, 320 px', { viewport: { width: 320, height: 568 }, colorScheme: 'dark' }],
  ] as const)('%s: fits the screen, and axe-core finds no violation', async (_, options) => {
    const { page } = await open('/dev/phone', (act) => void closing.push(act), options);
    const phone = somePhone();
    await requestOtp(gateway.graphqlUrl, { phone });
    await page.getByRole('button', { name: phone }).click();
    await writeFromDevPhone(gateway.url, { from: phone, text: '{{SWE001}}' });
    await bubbles(page).nth(1).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await expectNoViolations({ page });
  });
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => void (await Promise.all(closing.map((act) => act()))));
});

test('GraphiQL runs its examples and the subscription without the internet', async ({ onTestFinished }) => {
  const { page, problems } = await open('/graphql', onTestFinished, { permissions: ['clipboard-write'] });
  const tab = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const execute = () => page.getByRole('button', { name: /^Execute query/ }).click();
  const answer = page.locator('.graphiql-response .view-lines');

  await tab('StartAWhatsAppLogin');
  const answered = page.waitForResponse((one) => one.request().postData()?.includes('startWhatsAppLogin') ?? false);
  await execute();
  const { data } = (await (await answered).json()) as { data: { startWhatsAppLogin: Result } };
  const { attemptId, secret, loginMessage } = data.startWhatsAppLogin;
  await answer.getByText('loginMessage').waitFor();

  await tab('WatchTheAttempt');
  await page.evaluate(`navigator.clipboard.writeText('${JSON.stringify({ attemptId, secret })}')`);
  await page.locator('.graphiql-editor-tool .view-lines').first().click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Control+V');
  await execute();
  await answer.getByText('PENDING').waitFor();
  await writeFromDevPhone(gateway.url, { from: somePhone(), text: loginMessage, hidden: true });
  await answer.getByText('PHONE_HIDDEN').waitFor();
  expect(problems).toEqual([]);
});
