import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signIn } from '../support/sign-in.js';
import { requestOtp, verifyOtp } from '../support/calls.js';
import { type Scene, eventually, phoneIn, setScene, smsLog } from '../support/delivery.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { type NewDelivery, insertAttempt, insertDeliveries } from '../support/rows.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

const DAY = 86_400_000;
/** Midnight in UTC, some weeks ago, where only the rows of this test are counted. */
const MIDNIGHT = Math.floor(Date.now() / DAY - 30) * DAY;
const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, 10);

let database: TestDatabase;
let scene: Scene;
let admin: SignedInUser;
const atTheEnd: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  scene = await setScene(
    database,
    {
      env: { DELIVERY_ROUTES: 'IR=kavenegar-verify,kavenegar-sms;*=console', DELIVERY_RECEIPT_TIMEOUT_SECONDS: 'IR=1' },
    },
    (act) => void atTheEnd.push(act),
  );
  admin = await signInAs('ADMIN', { gateway: scene.gateway, database });
});
afterAll(async () => {
  for (const act of atTheEnd) await act();
  await database.drop();
});

interface Statistic {
  day: string;
  country: string | null;
  channel: string;
  [count: string]: unknown;
}
const STATISTICS = `query ($since: DateTime!, $until: DateTime, $country: String, $channel: DeliveryChannel) {
  sendStatistics(since: $since, until: $until, country: $country, channel: $channel) {
    day country channel tried sent delivered verified conversion medianSecondsToDeliver failures { reason count } cost
  }
}`;
async function statistics(since: number, until: number | null, filter: object = {}): Promise<Statistic[]> {
  const period = { since: new Date(since).toISOString(), until: until === null ? null : new Date(until).toISOString() };
  return (await admin.read<{ sendStatistics: Statistic[] }>(STATISTICS, { ...period, ...filter })).sendStatistics;
}

interface Message extends Partial<NewDelivery> {
  /** Milliseconds after the midnight of the test. */
  at: number;
  /** Seconds until it was delivered. */
  after?: number;
}
/** Inserts deliveries at the given times. */
async function write(midnight: number, messages: Message[]): Promise<void> {
  const rows = messages.map(({ at, after, ...message }) => ({
    createdAt: new Date(midnight + at),
    channel: 'green-api',
    country: 'KZ',
    status: 'DELIVERED',
    deliveredAt: after === undefined ? null : new Date(midnight + at + after * 1_000),
    ...message,
  }));
  await insertDeliveries(database, rows);
}

/** An attempt with its deliveries, in order. */
async function attemptWith(midnight: number, status: string, messages: Message[]): Promise<void> {
  const createdAt = new Date(midnight);
  const attemptId = await insertAttempt(database, { status, createdAt, expiresAt: createdAt });
  await write(
    midnight,
    messages.map((message) => ({ ...message, attemptId })),
  );
}

describe('sendStatistics', () => {
  test('counts tried, sent, delivered and verified, with the median, the failures and the cost', async () => {
    const midnight = MIDNIGHT;
    await attemptWith(midnight, 'CLAIMED', [{ at: 1, after: 2, cost: 100 }]);
    await attemptWith(midnight, 'CLAIMED', [{ at: 2, after: 4, status: 'READ', cost: 150 }]);
    await attemptWith(midnight, 'EXPIRED', [{ at: 3, after: 60 }]);
    await attemptWith(midnight, 'PENDING', [{ at: 4, status: 'SENT' }]);
    await write(midnight, [
      { at: 5, status: 'FAILED', failure: 'not_on_channel' },
      { at: 6, status: 'FAILED', failure: 'timeout' },
      { at: 7, status: 'FAILED', failure: 'not_on_channel' },
      { at: 8, status: 'UNDELIVERED' },
      { at: 9, status: 'QUEUED' },
    ]);
    expect(await statistics(midnight, midnight + DAY)).toEqual([
      {
        day: dayOf(midnight),
        country: 'KZ',
        channel: 'GREEN_API',
        tried: 9,
        sent: 5,
        delivered: 3,
        verified: 2,
        conversion: 0.4,
        medianSecondsToDeliver: 4,
        failures: [
          { reason: 'not_on_channel', count: 2 },
          { reason: 'timeout', count: 1 },
          { reason: 'undelivered', count: 1 },
        ],
        cost: 250,
      },
    ]);
  });

  test('groups by day in UTC, country and channel, the latest day first', async () => {
    const midnight = MIDNIGHT - 5 * DAY;
    await write(midnight, [
      { at: -1, after: 1 },
      { at: 0, after: 1 },
      { at: DAY - 1, after: 1, country: 'IR', channel: 'kavenegar-sms' },
      { at: DAY - 1, after: 1, country: 'IR', channel: 'kavenegar-verify' },
      { at: DAY, after: 1, country: null },
    ]);
    const reported = (rows: Statistic[]) =>
      rows.map(({ day, country, channel, tried }) => [day, country, channel, tried]);
    const [before, on, after] = [dayOf(midnight - 1), dayOf(midnight), dayOf(midnight + DAY)];
    expect(reported(await statistics(midnight - DAY, midnight + 2 * DAY))).toEqual([
      [after, null, 'GREEN_API', 1],
      [on, 'IR', 'KAVENEGAR_SMS', 1],
      [on, 'IR', 'KAVENEGAR_VERIFY', 1],
      [on, 'KZ', 'GREEN_API', 1],
      [before, 'KZ', 'GREEN_API', 1],
    ]);
    // `since` belongs to the period, `until` does not.
    expect(reported(await statistics(midnight, midnight + DAY))).toHaveLength(3);
    expect(reported(await statistics(midnight, midnight + DAY, { country: 'ir' }))).toHaveLength(2);
    expect(reported(await statistics(midnight, midnight + DAY, { channel: 'KAVENEGAR_SMS' }))).toHaveLength(1);
    expect(reported(await statistics(midnight, midnight + DAY, { country: 'IR', channel: 'GREEN_API' }))).toEqual([]);
  });

  test('has no conversion and no median if nothing was sent', async () => {
    const midnight = MIDNIGHT - 8 * DAY;
    await write(midnight, [{ at: 1, status: 'FAILED', failure: 'channel_down' }]);
    expect(await statistics(midnight, midnight + DAY)).toMatchObject([
      { tried: 1, sent: 0, verified: 0, conversion: null, medianSecondsToDeliver: null, cost: 0 },
    ]);
  });

  test('counts a used code once, for the last delivery that was sent', async () => {
    const midnight = MIDNIGHT - 10 * DAY;
    await attemptWith(midnight, 'CLAIMED', [
      { at: 1, status: 'FAILED', failure: 'timeout', channel: 'green-api' },
      { at: 2, status: 'SENT', channel: 'kavenegar-verify' },
      { at: 3, after: 1, channel: 'kavenegar-sms' },
      { at: 4, status: 'UNDELIVERED', channel: 'melipayamak' },
    ]);
    const verified = (await statistics(midnight, midnight + DAY)).map(({ channel, verified: count }) => [
      channel,
      count,
    ]);
    expect(verified).toEqual([
      ['GREEN_API', 0],
      ['KAVENEGAR_SMS', 1],
      ['KAVENEGAR_VERIFY', 0],
      ['MELIPAYAMAK', 0],
    ]);
  });

  test('leaves out decoys, also failed ones, and messages without a code', async () => {
    const midnight = MIDNIGHT - 12 * DAY;
    await write(midnight, [
      { at: 1, after: 1, failure: 'suppressed' },
      { at: 2, status: 'QUEUED', failure: 'suppressed' },
      { at: 3, after: 1, purpose: 'PHONE_CHANGED' },
      // A decoy repeats the failure of a recent real delivery.
      { at: 4, status: 'FAILED', failure: 'channel_down', detail: 'suppressed' },
    ]);
    expect(await statistics(midnight, midnight + DAY)).toEqual([]);
  });

  test.each([
    ['no time', 0],
    ['a time turned round', -1],
    ['more than 92 days', 92 * DAY + 1],
  ])('refuses %s', async (_, length) => {
    const period = { since: new Date(MIDNIGHT).toISOString(), until: new Date(MIDNIGHT + length).toISOString() };
    const { data, errors } = await admin.ask(STATISTICS, period);
    expect(data).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'INVALID_INPUT', field: 'until' }]);
  });

  test('accepts 92 days, and ends now by default', async () => {
    expect(await statistics(MIDNIGHT - 60 * DAY, MIDNIGHT + 32 * DAY)).not.toEqual([]);
    expect(await statistics(Date.now() - 60_000, null)).toMatchObject([{ channel: 'CONSOLE' }]);
  });
});

describe('the code of a sign-in', () => {
  const today = () => statistics(Date.now() - 3_600_000, Date.now() + 60_000, { country: 'IR' });

  test('is counted as verified once, for the channel that delivered it, also after a failover', async () => {
    const { gateway, kavenegar } = scene;
    const read = async (phone: string) => {
      const attempt = await requestOtp(gateway.graphqlUrl, { phone });
      return { attempt, code: scene.askedFor(phone).at(-1)?.code ?? '' };
    };
    const straight = await read(phoneIn('IR'));
    expect((await verifyOtp(gateway.graphqlUrl, { ...straight.attempt, code: straight.code })).__typename).toBe(
      'Session',
    );
    expect(await today()).toMatchObject([{ channel: 'KAVENEGAR_VERIFY', sent: 1, verified: 1, conversion: 1 }]);

    kavenegar.faults.set('verify/lookup', { status: 500, body: '' });
    const over = await read(phoneIn('IR'));
    kavenegar.faults.delete('verify/lookup');
    expect(over.attempt.channel).toBe('KAVENEGAR_SMS');
    expect((await verifyOtp(gateway.graphqlUrl, { ...over.attempt, code: over.code })).__typename).toBe('Session');
    await eventually(async () => expect(await smsLog(database, over.attempt)).toHaveLength(2));
    expect(await today()).toMatchObject([
      { channel: 'KAVENEGAR_SMS', tried: 1, sent: 1, verified: 1 },
      { channel: 'KAVENEGAR_VERIFY', tried: 2, sent: 1, verified: 1, failures: [{ reason: 'channel_down', count: 1 }] },
    ]);
  });

  test('is counted as sent and not verified if it was not used', async () => {
    const before = await statistics(Date.now() - 3_600_000, null, { channel: 'CONSOLE' });
    await requestOtp(scene.gateway.graphqlUrl, { phone: phoneIn('KG') });
    await signIn(scene.gateway, { phone: phoneIn('KG') });
    const after = await statistics(Date.now() - 3_600_000, null, { channel: 'CONSOLE' });
    expect(after.filter(({ country }) => country === 'KG')).toMatchObject([
      { tried: 2, sent: 2, verified: 1, conversion: 0.5 },
    ]);
    expect(before.some(({ country }) => country === 'KG')).toBe(false);
  });
});
