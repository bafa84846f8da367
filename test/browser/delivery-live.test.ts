import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PRODUCTION, eventually as within, phoneIn, setScene, statusEvent } from '../support/delivery.js';
import { createDatabase } from '../support/gateway.js';
import { launchChromium } from './support/chromium.js';
import { askForCode, signedIn, typeCode } from './support/steps.js';
import { type AtTheEnd, BEHIND_PROXY, type Visit, openLogin, somewhere } from './support/visit.js';

// A browser among other tests has little of the machine.
vi.setConfig({ testTimeout: 60_000 });

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
});

/** A browser among other tests takes its time. */
const eventually = <Value>(check: () => Value | Promise<Value>) => within(check, 30_000);

/** Production, where nothing sends but the providers; no message goes further than the test says. */
async function scene(atTheEnd: AtTheEnd) {
  const env = { ...PRODUCTION, ...BEHIND_PROXY, ...(await somewhere()), DELIVERY_ROUTES: 'IR=green-api,kavenegar-sms' };
  // Instances on one database ask for each other's receipts, and here each has providers of its own.
  const database = await createDatabase();
  atTheEnd(() => database.drop());
  const set = await setScene(database, { env: { ...env, DELIVERY_RECEIPT_TIMEOUT_SECONDS: '60' } }, atTheEnd);
  set.greenApi.defaultStatuses = [];
  set.kavenegar.defaultStatuses = [];
  return set;
}

/** What the page says of the delivery, in order, from now on. */
async function listen({ page }: Visit): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const told: string[] = [];
    const look = () => {
      const text = document.querySelector('.phonegate-delivery')?.textContent ?? '';
      if (text !== '' && text !== told.at(-1)) told.push(text);
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { told });
  });
  return () => page.evaluate(() => (window as unknown as { told: string[] }).told);
}

test.concurrent.for(['en', 'fa'] as const)(
  'the page tells live, in %s, that the code did not arrive by WhatsApp, was sent by SMS, and arrived',
  async (locale, { onTestFinished }) => {
    const { greenApi, kavenegar, gateway, askedFor } = await scene(onTestFinished);
    const visit = await openLogin(browser, gateway, onTestFinished, { locale });
    const { delivery, ways } = visit.texts;
    const phone = phoneIn('IR');
    await askForCode(visit, phone);
    const heard = await listen(visit);
    const instead = delivery.instead(ways.whatsapp, ways.sms);
    await eventually(async () => expect(await heard()).toContain(delivery.sent(ways.whatsapp)));

    const sent = await eventually(() => {
      const message = greenApi.messages.find(({ chatId }) => chatId === `${phone.slice(1)}@c.us`);
      expect(message).toBeDefined();
      return message;
    });
    kavenegar.statusesByPhone.set(phone, [10]);
    kavenegar.statusDelayMs = 50_000;
    greenApi.emit(statusEvent(greenApi, phone, sent?.idMessage ?? '', 'failed'));
    await eventually(async () => expect((await heard()).at(-1)).toBe(`${instead} · ${delivery.arrived}`));
    expect(await heard()).toEqual(expect.arrayContaining([delivery.sent(ways.whatsapp), instead]));

    const codes = askedFor(phone);
    expect(codes.map(({ channel }) => channel)).toEqual(['green-api', 'kavenegar-sms']);
    await typeCode(visit, codes[1]?.code ?? '');
    await signedIn(visit);
  },
);

test.concurrent('and that it arrived by WhatsApp, and was read', async ({ onTestFinished }) => {
  const { greenApi, gateway } = await scene(onTestFinished);
  const visit = await openLogin(browser, gateway, onTestFinished);
  const { sent, arrived, opened } = visit.texts.delivery;
  const phone = phoneIn('IR');
  await askForCode(visit, phone);
  const heard = await listen(visit);
  for (const [status, told] of [
    ['delivered', arrived],
    ['read', opened],
  ] as const) {
    const { idMessage = '' } = greenApi.messages.at(-1) ?? {};
    greenApi.emit(statusEvent(greenApi, phone, idMessage, status));
    await eventually(async () => expect((await heard()).at(-1)).toBe(`${sent('WhatsApp')} · ${told}`));
  }
});
