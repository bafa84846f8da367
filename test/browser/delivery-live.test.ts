import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PRODUCTION, type Scene, phoneIn, setScene, statusEvent } from '../support/delivery.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { eventually } from './support/eventually.js';
import { askForCode, signedIn, typeCode } from './support/steps.js';
import { BEHIND_PROXY, type Visit, openLogin, somewhere } from './support/visit.js';

vi.setConfig({ testTimeout: 60_000 }); // the browser shares the machine with other tests

let database: TestDatabase;
let scene: Scene;
const whenAllFinished: (() => Promise<void>)[] = [];

/** Production, where only the providers send. They report nothing by themselves: each test says how far a message comes. */
beforeAll(async () => {
  database = await createDatabase();
  const env = { ...PRODUCTION, ...BEHIND_PROXY, ...(await somewhere()), DELIVERY_ROUTES: 'IR=green-api,kavenegar-sms' };
  scene = await setScene(database, { env: { ...env, DELIVERY_RECEIPT_TIMEOUT_SECONDS: '60' } }, (act) =>
    whenAllFinished.push(act),
  );
  scene.greenApi.defaultStatuses = [];
  scene.kavenegar.defaultStatuses = [];
  scene.kavenegar.statusDelayMs = 50_000;
});
afterAll(async () => {
  for (const act of whenAllFinished) await act();
  await database.drop();
});

/** The message to a phone in the request to Green API. */
const messageTo = (phone: string) =>
  eventually(() => {
    const message = scene.greenApi.messages.find(({ chatId }) => chatId === `${phone.slice(1)}@c.us`);
    expect(message).toBeDefined();
    return message;
  });

/** Records the delivery statuses that the page shows from now on, in order. */
async function recordStatuses({ page }: Visit): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const statuses: string[] = [];
    const record = () => {
      const text = document.querySelector('.phonegate-delivery')?.textContent ?? '';
      if (text !== '' && text !== statuses.at(-1)) statuses.push(text);
    };
    record();
    new MutationObserver(record).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { statuses });
  });
  return () => page.evaluate(() => (window as unknown as { statuses: string[] }).statuses);
}

test.concurrent.for(['en', 'fa'] as const)(
  'shows live, in %s, that the code failed by WhatsApp, was sent by SMS and was delivered',
  async (locale, { onTestFinished }) => {
    const { greenApi, kavenegar, gateway, askedFor } = scene;
    const visit = await openLogin(gateway, onTestFinished, { locale });
    const { delivery, channelNames } = visit.texts;
    const phone = phoneIn('IR');
    await askForCode(visit, phone);
    const statuses = await recordStatuses(visit);
    const instead = delivery.instead(channelNames.whatsapp, channelNames.sms);
    await eventually(async () => expect(await statuses()).toContain(delivery.sent(channelNames.whatsapp)));

    const sent = await messageTo(phone);
    kavenegar.statusesByPhone.set(phone, [10]);
    greenApi.emit(statusEvent(greenApi, { phone, id: sent?.idMessage ?? '', status: 'failed' }));
    await eventually(async () => expect((await statuses()).at(-1)).toBe(`${instead} · ${delivery.arrived}`));
    expect(await statuses()).toEqual(expect.arrayContaining([delivery.sent(channelNames.whatsapp), instead]));

    const codes = askedFor(phone);
    expect(codes.map(({ channel }) => channel)).toEqual(['green-api', 'kavenegar-sms']);
    await typeCode(visit, codes[1]?.code ?? '');
    await signedIn(visit);
  },
);

test.concurrent('shows live that the code was delivered by WhatsApp, and not that it was read', async ({
  onTestFinished,
}) => {
  const { greenApi, gateway } = scene;
  const visit = await openLogin(gateway, onTestFinished);
  const { sent, arrived } = visit.texts.delivery;
  const phone = phoneIn('IR');
  await askForCode(visit, phone);
  const statuses = await recordStatuses(visit);
  const { idMessage = '' } = (await messageTo(phone)) ?? {};
  for (const status of ['delivered', 'read']) greenApi.emit(statusEvent(greenApi, { phone, id: idMessage, status }));
  await eventually(async () =>
    expect(await statuses()).toEqual([sent('WhatsApp'), `${sent('WhatsApp')} · ${arrived}`]),
  );
});
