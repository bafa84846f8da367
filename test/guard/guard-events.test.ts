import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase, type Database } from '../../src/db/database.js';
import { type Keyring, createKeyring } from '../../src/config/keys.js';
import { type GuardEvents, createGuardEvents } from '../../src/guard/events/guard-events.js';
import { listGuardEvents } from '../../src/guard/events/list-guard-events.js';
import { createLog } from '../../src/log.js';
import { maskPhone } from '../../src/phone/mask-phone.js';
import { startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { type SignedInUser, signInAs } from '../admin/sign-in-as.js';
import { SILENT } from '../sessions/gateway-key.js';
import { requestOtp, resendOtp, somePhone, startWhatsAppLogin } from '../support/calls.js';
import { WEBHOOK_TOKEN } from '../support/config.js';
import { type LogLine, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { STARTS_PER_NETWORK } from '../../src/guard/limits.js';
import { allowResend, insertGuessFailures, insertSendBudget, minutePasses } from '../support/rows.js';
import { act } from '../support/sign-in.js';

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({
    DATABASE_URL: database.url,
    TRUSTED_PROXY_HOPS: '1',
    ALLOWED_COUNTRIES: 'KZ,KG',
  });
  admin = await signInAs('ADMIN', { gateway, database });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const ANY_COUNTRY = { allowedCountries: '*' } as const;
const NO_ALARMS = { raiseIfNetworkSpent: () => {}, raiseBlocked: () => {} };
const from = (ip: string) => ({ 'x-forwarded-for': ip });
const ask = (phone: string, ip = '203.0.113.7') => requestOtp(gateway.graphqlUrl, { phone }, from(ip));

interface Event {
  rule: string;
  action: string;
  maskedPhone: string | null;
  network: string | null;
  country: string | null;
  channel: string | null;
  attemptId: string | null;
  until: string | null;
  count: number;
}
const LIST = `query ($phone: String, $network: String, $rule: String) {
  guardEvents(phone: $phone, network: $network, rule: $rule, first: 100) {
    edges { node { rule action maskedPhone network country channel attemptId until count } }
  }
}`;
async function listed(filter: object): Promise<Event[]> {
  const { guardEvents } = await admin.read<{ guardEvents: { edges: { node: Event }[] } }>(LIST, filter);
  return guardEvents.edges.map(({ node }) => node);
}
/** The events of a filter, as soon as there are some. */
async function seen(filter: object): Promise<Event[]> {
  await expect.poll(() => listed(filter), { timeout: 5_000 }).not.toEqual([]);
  return listed(filter);
}
const secondsUntil = ({ until }: Event) => (Date.parse(until ?? '') - Date.now()) / 1_000;

describe('admins see, by phone', () => {
  test('a request that a budget of the phone refuses, with the rule and until when', async () => {
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    expect((await ask(phone)).__typename).toBe('RateLimited');
    const [event, ...others] = await seen({ phone: phone.replace('+7', '8') });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      rule: 'phone',
      action: 'REFUSED',
      maskedPhone: maskPhone(phone),
      network: '203.0.113.7',
      country: 'KZ',
      count: 1,
    });
    expect(secondsUntil(event as Event)).toBeGreaterThan(3_500);
    expect(JSON.stringify(event)).not.toContain(phone.slice(3));
  });

  test('too many wrong codes, and a resend that came too early', async () => {
    const phone = somePhone();
    const sent = await ask(phone);
    expect((await resendOtp(gateway.graphqlUrl, sent)).__typename).toBe('RateLimited');
    await insertGuessFailures(database, phone, { hourFailures: 10, dayFailures: 10 });
    expect((await ask(phone)).__typename).toBe('RateLimited');
    await expect.poll(async () => (await listed({ phone })).length, { timeout: 5_000 }).toBe(2);
    expect((await listed({ phone })).map(({ rule }) => rule).toSorted()).toEqual(['attacked', 'resend_wait']);
  });

  test('a phone of a country that is not served', async () => {
    const phone = '+989120000004';
    expect((await ask(phone, '203.0.113.9')).code).toBe('PHONE_NOT_ALLOWED');
    expect(await seen({ network: '203.0.113.9' })).toMatchObject([
      { rule: 'destination', maskedPhone: maskPhone(phone), country: 'IR', until: null },
    ]);
  });

  test('a message that a budget blocks, and its resend, with one alarm an hour for each budget', async () => {
    const kavenegar = await startKavenegarSimulator();
    const paying = await startGateway({
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
      KAVENEGAR_URL: kavenegar.url,
      KAVENEGAR_API_KEY: kavenegar.apiKey,
      TRUSTED_PROXY_HOPS: '1',
      SPEND_LIMIT_USD_PER_DAY: '0',
    });
    const phones = ['+989120000014', '+989120000024', '+989120000034'];
    const sent = await Promise.all(
      phones.map((phone, index) => requestOtp(paying.graphqlUrl, { phone }, from(`203.0.113.${20 + index}`))),
    );
    expect(sent.map(({ __typename }) => __typename)).toEqual(phones.map(() => 'OtpRequested'));
    const [first] = sent as [(typeof sent)[number]];
    await allowResend(database, first.attemptId);
    await minutePasses(database, '+989120000014');
    expect((await resendOtp(paying.graphqlUrl, first)).__typename).toBe('OtpRequested');
    await paying.stop();
    await kavenegar.close();
    const blocked = await listed({ phone: phones[0] });
    expect(blocked.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(blocked[0]).toMatchObject({
      action: 'BLOCKED',
      country: 'IR',
      channel: 'kavenegar-sms',
      network: '203.0.113.20',
      attemptId: first.attemptId,
    });
    const { smsLog } = await admin.read<{ smsLog: { edges: { node: object }[] } }>(
      'query ($attemptId: ID) { smsLog(attemptId: $attemptId) { edges { node { failure blockedBy } } } }',
      { attemptId: first.attemptId },
    );
    expect(smsLog.edges.map(({ node }) => node)).toEqual(
      [1, 2].map(() => ({ failure: 'suppressed', blockedBy: blocked[0]?.rule })),
    );
    const lines = paying.log.filter(({ event }) => event === 'guard.blocked');
    const budgets = new Set(lines.map(({ rule, subject }) => JSON.stringify([rule, subject])));
    expect(lines).toHaveLength(4);
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(budgets.size);
    expect(budgets.size).toBeLessThan(4);
    expect(lines.every(({ phone }) => !phones.includes(String(phone)))).toBe(true);
  });
});

test('refusals without a phone are listed by network: of IPv6 any address of the /64', async () => {
  const spent = STARTS_PER_NETWORK.address.hour;
  await insertSendBudget(database, 'starts:2001:db8:1:2::/64', { hourSends: spent - 1, daySends: spent - 1 });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, host) =>
      startWhatsAppLogin(gateway.graphqlUrl, {}, from(`2001:db8:1:2::${host.toString(16)}`)),
    ),
  );
  const refused = answers.filter(({ __typename }) => __typename === 'RateLimited').length;
  expect(refused).toBeGreaterThan(0);
  const count = async () => (await listed({ network: '2001:db8:1:2::ffff' })).reduce((sum, row) => sum + row.count, 0);
  await expect.poll(count, { timeout: 5_000 }).toBe(refused);
});

test('an erased user leaves no event', async () => {
  const phone = somePhone();
  const user = await signInAs('USER', { gateway, database, phone });
  await database.query('UPDATE budgets SET minute_started_at = now(), minute_sends = 900 WHERE subject = $1', [phone]);
  expect((await ask(phone)).__typename).toBe('RateLimited');
  await seen({ phone });
  await act(gateway, 'deleteMe', { token: user.session.gatewayToken, fields: '... on AccountDeleted { userId }' });
  expect(await listed({ phone })).toEqual([]);
});

test('the events of a phone are found after GATEWAY_SECRET was changed', async () => {
  const [before, after] = [
    'the secret of yesterday, long enough to be taken',
    'the secret of today, long enough to be taken',
  ];
  const pool = connectDatabase(database.url, SILENT);
  const events = createGuardEvents({
    config: ANY_COUNTRY,
    guardAlarms: NO_ALARMS,
    database: pool,
    keyring: createKeyring(before),
    log: SILENT,
  });
  const phone = somePhone();
  events.record({ rule: 'phone', action: 'refused', phone });
  await events.close();
  const page = { limit: 10, inverted: false };
  const found = (keyring: Keyring) => listGuardEvents({ filter: { phone }, page }, { database: pool, keyring });
  expect(await found(createKeyring(after, before))).toHaveLength(1);
  expect(await found(createKeyring(after))).toEqual([]);
  await pool.close();
});

describe('a flood of refusals', () => {
  let statements: string[];
  let ownDatabase: Database;
  let events: GuardEvents;
  let log: LogLine[];
  beforeAll(() => {
    ownDatabase = connectDatabase(database.url, SILENT);
  });
  afterAll(() => ownDatabase.close());

  function start(fail?: () => Error | undefined): void {
    statements = [];
    log = [];
    const query: Database['query'] = (statement, parameters) => {
      statements.push(statement.name);
      const error = fail?.();
      return error ? Promise.reject(error) : ownDatabase.query(statement, parameters);
    };
    events = createGuardEvents({
      config: ANY_COUNTRY,
      guardAlarms: NO_ALARMS,
      database: { ...ownDatabase, query },
      keyring: createKeyring('a secret for tests only, long enough to be taken'),
      log: createLog('debug', { write: (line: string) => void log.push(JSON.parse(line) as LogLine) }),
    });
  }
  const rows = (rule: string) =>
    database.query<{ count: number }>('SELECT count FROM guard_events WHERE rule = $1', [rule]);
  const total = (all: { count: number }[]) => all.reduce((sum, { count }) => sum + count, 0);
  const flood = (rule: 'site' | 'network' | 'all', phoneOf: (index: number) => string) => {
    for (let index = 0; index < 10_000; index += 1)
      events.record({ rule, action: 'refused', phone: phoneOf(index), ip: '198.51.100.7', country: 'KZ' });
  };

  test('10,000 about one phone are one row, written by one statement, and one log line', async () => {
    start();
    flood('site', () => '+77010000002');
    await events.flush();
    await events.close();
    expect(statements).toEqual(['guard/write_guard_events']);
    expect(await rows('site')).toEqual([{ count: 10_000 }]);
    expect(log.map(({ event }) => event)).toEqual(['guard.refused']);
  });

  test('10,000 about as many phones from one address are 21 rows, written by one statement', async () => {
    start();
    flood('network', (index) => `+7701${String(index).padStart(7, '0')}`);
    await events.close();
    expect(statements).toEqual(['guard/write_guard_events']);
    const written = await rows('network');
    expect([written.length, total(written)]).toEqual([21, 10_000]);
  });

  test('waits in memory while the database is unavailable, and is written afterwards', async () => {
    let isDown = true;
    start(() => (isDown ? Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' }) : undefined));
    flood('all', () => '+77010000002');
    await expect(events.flush()).rejects.toThrow();
    events.record({ rule: 'all', action: 'refused', phone: '+77010000002', ip: '198.51.100.7' });
    isDown = false;
    await events.close();
    expect(total(await rows('all'))).toBe(10_001);
    expect(log.filter(({ event }) => event === 'guard.events_lost')).toEqual([]);
  });

  test('that PostgreSQL does not accept is counted in the log, and later events are written', async () => {
    let isRefused = true;
    start(() => (isRefused ? new Error('invalid input syntax') : undefined));
    events.record({ rule: 'concurrent', action: 'refused' });
    await events.flush();
    expect(log).toContainEqual(expect.objectContaining({ event: 'guard.events_lost', events: 1 }));
    isRefused = false;
    events.record({ rule: 'concurrent', action: 'refused' });
    await events.close();
    expect(await rows('concurrent')).toEqual([{ count: 1 }]);
  });
});
