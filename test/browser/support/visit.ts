import { randomInt } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { textsIn } from '../../../packages/react/src/locales/texts-in.js';
import { type Locale, type Formats, formatsIn } from '../../../packages/react/src/locales/locale.js';
import type { Texts } from '../../../packages/react/src/locales/texts.js';
import { pageTextsIn } from '../../../src/web/login/page-i18n.js';
import type { PageTexts } from '../../../src/web/login/locales/page-texts.js';
import type { Result } from '../../support/calls.js';
import type { TestDatabase } from '../../support/gateway.js';
import { freePort } from '../../support/ports.js';
import { expireAttempt } from '../../support/rows.js';
import { sharedChromium } from './chromium.js';

/** Vitest's `onTestFinished`. */
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
  /** The query of the URL. */
  query?: string;
  /** Errors and warnings of the page that the test expects. All others fail it. */
  expects?: RegExp[];
  /** Called before the page is opened. */
  prepare?: (context: BrowserContext) => Promise<void>;
}

/** A browser at the login page. */
export interface Visit extends Formats {
  page: Page;
  context: BrowserContext;
  locale: Locale;
  texts: Texts & PageTexts;
  /** The names of the operations that the page sent by HTTP, in order. */
  sent: string[];
  /** Runs `act`, and returns the gateway's answer to the operation that the page then sends. */
  answerTo(operation: string, act: () => Promise<unknown>): Promise<Result>;
  /** Opens the page in another tab of the same browser. */
  newTab(): Promise<Visit>;
}

/** Console errors of the browser while there is no network, or when the test aborts a request. */
export const NO_NETWORK = /net::ERR_(INTERNET_DISCONNECTED|FAILED|NETWORK_CHANGED|CONNECTION)|WebSocket connection to/;

/** The gateway reads the client's IP from a header, so that each visit has its own rate limit. */
export const BEHIND_PROXY = { TRUSTED_PROXY_HOPS: '1' };

/** A free port, and the PUBLIC_URL that production requires. */
export async function somewhere(): Promise<{ PORT: string; PUBLIC_URL: string }> {
  const port = await freePort();
  return { PORT: `${port}`, PUBLIC_URL: `http://localhost:${port}` };
}

/** Expires an attempt in the database. Also move the page's clock. */
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
  const unexpected: string[] = [];
  const note = (text: string) => {
    if (!options.expects?.some((expected) => expected.test(text))) unexpected.push(text);
  };
  onTestFinished(async () => {
    await context.close();
    if (unexpected.length > 0) throw new Error(`The browser reported errors:\n${unexpected.join('\n')}`);
  });
  await options.prepare?.(context);
  // Cookies of production need a host that browsers trust without https: localhost.
  const loginUrl = `${url.replace('127.0.0.1', 'localhost')}/login${options.query ?? ''}`;
  const texts = { ...textsIn(locale), ...pageTextsIn(locale) };

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
    await page.goto(loginUrl);
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
