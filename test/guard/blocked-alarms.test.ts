import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { ALARMS_OF_A_KIND } from '../../src/guard/limits.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { soon } from '../support/sign-in.js';
import { addressOf, ask, pass } from './attackers.js';

let database: TestDatabase;
let kavenegar: KavenegarSimulator;
const gateways: TestGateway[] = [];

async function start(): Promise<TestGateway> {
  const gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    CAPTCHA: 'off',
    UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '20',
    KAVENEGAR_URL: kavenegar.url,
    KAVENEGAR_API_KEY: kavenegar.apiKey,
    DELIVERY_ROUTES: '*=kavenegar-sms',
    MESSAGE_PRICES_USD: 'kavenegar-sms=0.1',
  });
  gateways.push(gateway);
  return gateway;
}
beforeAll(async () => {
  database = await createDatabase();
  kavenegar = await startKavenegarSimulator();
  await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await kavenegar.close();
  await database.drop();
});

let asked = 0;
/** Fifty requests at once, each for another phone and from another network, while this budget is spent. */
async function block({ subject, scope, on }: { subject: string; scope: number; on: TestGateway[] }): Promise<void> {
  await database.query(
    `INSERT INTO budgets (subject, scope, minute_started_at, minute_sends, hour_started_at, hour_sends, hour_cost, hour_verified,
       day_started_at, day_sends, day_cost, day_verified, peak_verified, peak_at)
     VALUES ($1, $2, now(), 0, now(), 100000, 0, 0, now(), 100000, 0, 0, 0, now()) ON CONFLICT DO NOTHING`,
    [subject, scope],
  );
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      asked += 1;
      const client = { on: on[index % on.length] as TestGateway, ip: addressOf(asked) };
      return ask(client, `+98912${String(asked).padStart(3, '0')}0004`);
    }),
  );
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['OtpRequested']));
}
const alarmsOf = (subject: string) =>
  gateways.flatMap(({ log }) =>
    log.filter((line) => line.event === 'guard.blocked' && line['level'] === 'warn' && line['subject'] === subject),
  );
const areRecorded = (rule: string) =>
  soon(async () =>
    expect(await database.query(`SELECT FROM guard_events WHERE rule = $1 AND action = 'blocked'`, [rule])).not.toEqual(
      [],
    ),
  );

test('a spent budget that blocks messages raises one alarm an episode, over all instances', async () => {
  const country = { subject: 'country:IR', scope: 8 };
  await block({ ...country, on: gateways });
  await areRecorded('country');
  expect(alarmsOf('country:IR')).toMatchObject([{ rule: 'country', channel: 'kavenegar-sms' }]);
  const rows = await database.query<{ rule: string }>('SELECT rule FROM guard_alarms');
  expect(rows.map(({ rule }) => rule)).toEqual([expect.stringMatching(/^blocked [\w-]+$/)]);

  await pass(database, '61 minutes');
  await block({ ...country, on: [await start()] });
  await soon(() => expect(alarmsOf('country:IR')).toHaveLength(2));
  await database.query(`DELETE FROM budgets`);
});

test('an attacker with any number of ranges causes a bounded number of alarms, and does not hide that of a country', async () => {
  await database.query('DELETE FROM guard_alarms');
  await database.query(
    `INSERT INTO guard_alarms (rule, started_at, seen_at) SELECT 'numbers ' || n, now(), now() FROM generate_series(1, $1::int) n`,
    [ALARMS_OF_A_KIND],
  );
  const on = [await start()];
  await block({ subject: 'range:+9891', scope: 7, on });
  await areRecorded('range');
  expect(alarmsOf('range:+9891')).toEqual([]);
  await database.query(`DELETE FROM budgets`);
  const before = alarmsOf('country:IR').length;
  await block({ subject: 'country:IR', scope: 8, on });
  await soon(() => expect(alarmsOf('country:IR')).toHaveLength(before + 1));
});
