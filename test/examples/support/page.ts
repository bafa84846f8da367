import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { sharedChromium } from '../../browser/support/chromium.js';
import type { ApplicationGateway } from '../../packages/support/gateway-of-application.js';

interface Visit {
  url: string;
  /** Errors and warnings of the browser that the test expects. All others fail it. */
  expects?: RegExp;
}

/** Opens a page, and closes it after `act`. */
export async function withPage({ url, expects }: Visit, act: (page: Page) => Promise<void>): Promise<void> {
  const browser = await sharedChromium();
  const context = await browser.newContext({ locale: 'en-US' });
  context.setDefaultTimeout(30_000);
  const problems: string[] = [];
  try {
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    await page.goto(url);
    await act(page);
  } finally {
    await context.close();
  }
  expect(problems.filter((text) => !expects?.test(text))).toEqual([]);
}

/** Fills in the form of @phonegate/react. */
export async function signIn(page: Page, gateway: ApplicationGateway): Promise<void> {
  await page.getByLabel('Phone number').fill('8 701 000 00 02');
  const code = await gateway.codeAfter(() => page.getByRole('button', { name: 'Send code' }).click());
  await page.getByLabel('Code', { exact: true }).pressSequentially(code);
}
