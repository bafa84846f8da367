import { parsePhoneNumberWithError } from 'libphonenumber-js/max';
import { expect } from 'vitest';
import type { Locator } from 'playwright-core';
import type { Result } from '../../support/calls.js';
import { eventually } from './eventually.js';
import type { TestGateway } from '../../support/gateway.js';
import type { Visit } from './visit.js';

/** The national spelling of a number: `8 701 000 00 02` for `+77010000002`. */
export const nationally = (phone: string) =>
  phone.replace(/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, '8 $1 $2 $3 $4').replace(/^\+98/, '0');

/** The number as the page shows it to its user. */
export const internationally = (phone: string) => parsePhoneNumberWithError(phone).formatInternational();

export const phoneField = ({ page, texts }: Visit) => page.getByLabel(texts.phone, { exact: true });
export const codeField = ({ page, texts }: Visit) => page.getByLabel(texts.code, { exact: true });
export const button = ({ page }: Visit, name: string) => page.getByRole('button', { name, exact: true });
export const alert = ({ page }: Visit) => page.getByRole('alert');

/** Requests a code. @returns the gateway's answer */
export async function askForCode(visit: Visit, phone: string): Promise<Result> {
  await phoneField(visit).fill(phone);
  const answer = await visit.answerTo('RequestOtp', () => button(visit, visit.texts.sendCode).click());
  if (answer.__typename === 'OtpRequested') await codeField(visit).waitFor();
  return answer;
}

/** Types the code; its last digit submits it. */
export const typeCode = (visit: Visit, code: string): Promise<void> => codeField(visit).pressSequentially(code);

export const signedIn = ({ page, texts }: Visit): Promise<void> =>
  page.getByRole('heading', { name: texts.account.title }).waitFor();

export async function signInByCode(visit: Visit, gateway: Pick<TestGateway, 'codeOf'>, phone: string): Promise<Result> {
  const attempt = await askForCode(visit, phone);
  const session = await visit.answerTo('VerifyOtp', () => typeCode(visit, gateway.codeOf(attempt.attemptId)));
  await signedIn(visit);
  return session;
}

/** Starts the login by WhatsApp from the first step. */
export const startWhatsApp = (visit: Visit): Promise<Result> =>
  visit.answerTo('StartWhatsAppLogin', () => button(visit, visit.texts.withWhatsApp).click());

/** What the browser has in focus: never nothing, as a user of the keyboard or a screen reader would have to start over. */
export const focused = ({ page }: Visit) =>
  page.evaluate(() => {
    const { tagName, id, innerText } = document.activeElement as HTMLElement;
    return tagName === 'INPUT' ? id : tagName === 'BODY' ? 'nothing' : innerText || tagName;
  });

/** Waits until the page has this heading and this title of the tab. */
export const showsStep = ({ page }: Visit, heading: string, title = heading): Promise<void> =>
  eventually(async () => {
    expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual([heading]);
    expect(await page.title()).toBe(title);
  });

/** Waits until the page shows a text. */
export const says = ({ page }: Visit, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

/** Waits until an element contains a text. A failure shows its actual content. */
export const holds = (locator: Locator, text: string | RegExp): Promise<void> =>
  eventually(async () => {
    const held = (await locator.allTextContents()).join('\n');
    if (typeof text === 'string') expect(held).toContain(text);
    else expect(held).toMatch(text);
  });
