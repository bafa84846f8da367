import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { requestOtp } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertUsers, updateSendBudget } from '../support/rows.js';
import { addressOf, askSolving, enter } from './attackers.js';
import { soon } from '../support/sign-in.js';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let kavenegar: KavenegarSimulator;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  kavenegar = await startKavenegarSimulator();
  gateway = await start({ MESSAGE_PRICES_USD: 'kavenegar-sms=0.1' });
});
const start = (env: Record<string, string>) =>
  startGateway({
    DATABASE_URL: database.url,
    NODE_ENV: 'production',
    GREEN_API_WEBHOOK_TOKEN: 'tSXRzKCrGduP6U3FHyZsMkTb',
    KAVENEGAR_URL: kavenegar.url,
    KAVENEGAR_API_KEY: kavenegar.apiKey,
    TRUSTED_PROXY_HOPS: '1',
    CAPTCHA: 'altcha',
    UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '20',
    ...env,
  });
afterAll(async () => {
  await gateway.stop();
  await kavenegar.close();
  await database.drop();
});
beforeEach(() => database.query('DELETE FROM budgets'));

let networks = 0;
const nextNetwork = () => ({ 'x-forwarded-for': `198.51.${(networks += 1)}.1` });
const ask = (phone: string) => requestOtp(gateway.graphqlUrl, { phone }, nextNetwork());
const sent = () => kavenegar.calls.filter(({ method }) => method === 'sms/send').length;

/** The code of ten digits in the last message. */
const lastCode = () => /(?<!\d)\d{10}(?!\d)/.exec(kavenegar.messages.at(-1)?.message ?? '')?.[0] ?? '';

/** Messages of the day that were not used, in hundredths, and that were used. */
async function readBudget(subject: string) {
  const [row] = await database.query<{ unused: number; verified: number }>(
    'SELECT day_sends - 25 * day_verified AS unused, day_verified AS verified FROM budgets WHERE subject = $1',
    [subject],
  );
  if (!row) throw new Error(`There is no budget ${subject}`);
  return row;
}

/** The budgets that the alarms name, in order. */
const alarms = () =>
  gateway.log.filter(({ event, level }) => event === 'guard.blocked' && level === 'warn').map(({ subject }) => subject);

/** Requests a code for each phone. @returns how many messages the provider got */
async function pump(phones: string[]): Promise<number> {
  const before = sent();
  for (const phone of phones) expect((await ask(phone)).__typename).toBe('OtpRequested');
  return sent() - before;
}

/** Iranian phones, each in another block of ten thousand numbers, in the same block of a hundred thousand or in others. */
const inOneWideBlock = (count: number) => Array.from({ length: count }, (_, index) => `+9891255${index}0004`);
const inManyBlocks = (operator: string, count: number) =>
  Array.from({ length: count }, (_, index) => `+98${operator}${String(index * 10 + 100)}0004`);

describe('codes that nobody uses', () => {
  test('are sent to five numbers an hour of the same hundred thousand, in however many blocks of ten thousand', async () => {
    expect(await pump(inOneWideBlock(10))).toBe(5);
    await soon(() => expect(alarms()).toEqual(['block:+9891255']));
    // The rest of the country still gets codes.
    expect(await pump(['+989190000004'])).toBe(1);
  });

  test('ask no captcha of a country, because all of its people would be asked', async () => {
    expect(await pump(inManyBlocks('911', 9))).toBe(9);
  });

  test('to one user from many networks, after captchas, do not keep that user or others from codes', async () => {
    const [attacked = '', other = ''] = inManyBlocks('917', 2);
    await insertUsers(
      database,
      [attacked, other].map((phone) => ({ phone, createdAt: new Date(Date.now() - 2 * DAY_MS) })),
    );
    expect(await pump([attacked])).toBe(1);
    await updateSendBudget(database, attacked, { hourSends: 2_000, daySends: 4_000 });
    await updateSendBudget(database, 'users:IR', { hourSends: 14_900, daySends: 14_900 });
    const before = sent();
    for (let network = 0; network < 3; network += 1) {
      const answer = await askSolving({ on: gateway, ip: addressOf(network) }, attacked);
      expect(answer.__typename).toBe('OtpRequested');
    }
    expect(sent() - before).toBe(3);
    const unused = async () => (await readBudget('users:IR')).unused;
    const unusedBefore = await unused();
    // One of them is the user. The code was not counted, so its use gives nobody else a message more.
    const client = { on: gateway, ip: addressOf(10) };
    const own = await askSolving(client, attacked);
    expect((await enter(client, own, lastCode())).__typename).toBe('Session');
    await expect.poll(async () => (await readBudget('users:IR')).verified).toBe(1);
    expect(await unused()).toBe(unusedBefore);
    expect(await pump([other])).toBe(1);
  });

  test('to the phones of users do not keep new phones from codes, nor the other way round', async () => {
    const users = [...inManyBlocks('919', 80), ...inManyBlocks('918', 80)];
    await insertUsers(
      database,
      users.map((phone) => ({ phone, createdAt: new Date(Date.now() - 2 * DAY_MS) })),
    );
    expect(await pump(users)).toBe(150);
    expect(await pump(inManyBlocks('912', 20))).toBe(10);
    await soon(() => expect(alarms().slice(-2)).toEqual(['users:IR', 'range:+9891']));
    await database.query(`DELETE FROM budgets WHERE subject = 'users:IR'`);
    expect(await pump(users.slice(0, 1))).toBe(1);
  });

  test('to the phone of a user who signed up today count as those of a new phone', async () => {
    const phones = inManyBlocks('913', 20);
    await insertUsers(
      database,
      phones.map((phone) => ({ phone })),
    );
    expect(await pump(phones)).toBe(10);
  });

  test('go on to new phones by a cheap channel when they have ended by a dear one', async () => {
    expect(await pump(inManyBlocks('915', 12))).toBe(10);
    const cheap = await start({ MESSAGE_PRICES_USD: 'kavenegar-sms=0.005' });
    onTestFinished(() => cheap.stop());
    const before = sent();
    for (const phone of inManyBlocks('916', 3)) await requestOtp(cheap.graphqlUrl, { phone }, nextNetwork());
    expect(sent() - before).toBe(3);
    // Both are counted together. An hour may leave two hundred of the cheap ones unused.
    await updateSendBudget(database, 'country:IR', { hourSends: 20_000, daySends: 20_000 });
    await requestOtp(cheap.graphqlUrl, { phone: '+989160990004' }, nextNetwork());
    expect(sent() - before).toBe(3);
  });
});

describe('a provider that is down', () => {
  test('does not spend what a country and a network have for codes that are not used', async () => {
    kavenegar.fault = { status: 503, body: 'Service Unavailable', contentType: 'text/plain' };
    const from = { 'x-forwarded-for': '203.0.113.9' };
    for (const phone of inManyBlocks('914', 30))
      expect((await requestOtp(gateway.graphqlUrl, { phone }, from)).__typename).toBe('DeliveryFailed');
    kavenegar.fault = undefined;
    const spent = `SELECT hour_sends, day_cost::int FROM budgets WHERE subject = ANY('{203.0.113.9,country:IR}')`;
    expect(await database.query(spent)).toEqual(Array.from({ length: 2 }, () => ({ hour_sends: 0, day_cost: 0 })));
  });
});
