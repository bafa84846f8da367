import { randomInt } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { type Locale, type Texts, textsIn } from '../../../src/web/locales/texts.js';
import { type Formats, formatsIn } from '../../../src/web/locales/locale.js';
import type { Result } from '../../support/calls.js';
import type { TestDatabase } from '../../support/gateway.js';
import { freePort } from '../../support/ports.js';
import { expireAttempt } from '../../support/rows.js';
import { sharedChromium } from './chromium.js';

/** Vitest's `onTestFinished`, or a list that the file works off itself. */
export type OnTestFinished = (act: () => Promise<void>) => void;

export interface VisitOptions {
  /** The browser's language. */
  locale?: Locale;
  viewport?: { width: number; height: number };
  dark?: boolean;
  /** A touch screen, as phones have. */
  touch?: boolean;
  reducedMotion?: boolean;
  javaScript?: boolean;
  /** What follows `/login`. */
  query?: string;
  /** Errors of the page or its console that belong to the test. All others fail it. */
  expects?: RegExp[];
  /** Before the page is opened. */
  prepare?: (context: BrowserContext) => Promise<void>;
}

/** A person at the login page. */
export interface Visit extends Formats {
  page: Page;
  context: BrowserContext;
  locale: Locale;
  texts: Texts;
  /** The names of the operations that the page sent by HTTP, in order. */
  sent: string[];
  /** What the page is answered to an operation once `act` has made it ask. */
  answerTo(operation: string, act: () => Promise<unknown>): Promise<Result>;
  /** The same browser at the same page, a tab further. */
  newTab(): Promise<Visit>;
}

/** What the browser itself says while there is no network, or a request is aborted by the test. */
export const NO_NETWORK = /net::ERR_(INTERNET_DISCONNECTED|FAILED|NETWORK_CHANGED|CONNECTION)|WebSocket connection to/;

/** Phones keep their people apart by address; so that tests do not share a budget, each comes from an address of its own. */
export const BEHIND_PROXY = { TRUSTED_PROXY_HOPS: '1' };

/** An address that a gateway knows to be its own, as production insists on. */
export async function somewhere(): Promise<{ PORT: string; PUBLIC_URL: string }> {
  const port = await freePort();
  return { PORT: `${port}`, PUBLIC_URL: `http://localhost:${port}` };
}

/** An attempt's time is up; its page notices when its clock is moved, too. */
export const expire = (database: TestDatabase, attemptId: string) => expireAttempt(database, attemptId);

export async function openLogin(
  { url }: { url: string },
  onTestFinished: OnTestFinished,
  options: VisitOptions = {},
): Promise<Visit> {
  const { locale = 'en', viewport = { width: 1000, height: 800 }, dark, touch, reducedMotion, javaScript } = options;
  const browser = await sharedChromium();
  const context = await browser.newContext({
    locale,
    viewport,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    javaScriptEnabled: javaScript ?? true,
    extraHTTPHeaders: { 'x-forwarded-for': `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}` },
    ...(touch ? { hasTouch: true, isMobile: true } : {}),
  });
  context.setDefaultTimeout(30_000);
  const wrong: string[] = [];
  const note = (text: string) => {
    if (!options.expects?.some((expected) => expected.test(text))) wrong.push(text);
  };
  onTestFinished(async () => {
    await context.close();
    if (wrong.length > 0) throw new Error(`The browser complained:\n${wrong.join('\n')}`);
  });
  await options.prepare?.(context);
  // The gateway prints 127.0.0.1; people and cookies know it as localhost.
  const address = `${url.replace('127.0.0.1', 'localhost')}/login${options.query ?? ''}`;
  const texts = await textsIn(locale);

  async function open(): Promise<Visit> {
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => note(message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') note(message.text());
    });
    const sent: string[] = [];
    page.on('request', (request) => {
      const operation = operationOf(request.postData());
      if (operation) sent.push(operation);
    });
    await page.goto(address);
    return {
      ...formatsIn(locale),
      page,
      context,
      locale,
      texts,
      sent,
      async answerTo(operation, act) {
        const [response] = await Promise.all([
          page.waitForResponse((candidate) => operationOf(candidate.request().postData()) === operation),
          act(),
        ]);
        const { data } = (await response.json()) as { data: Record<string, Result> };
        return Object.values(data)[0] as Result;
      },
      newTab: open,
    };
  }
  return open();
}

function operationOf(body: string | null): string | undefined {
  return /(?:mutation|query|subscription) (\w+)/.exec(body ?? '')?.[1];
}
