import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startGreenApiSimulator } from '../../simulators/green-api.js';
import { type KavenegarSimulator, startKavenegarSimulator } from '../../simulators/kavenegar.js';
import { startMelipayamakSimulator } from '../../simulators/melipayamak.js';
import {
  cancelLogin,
  deliverWebhook,
  incomingText,
  requestOtp,
  resendOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { whileBudgetIsHeld } from '../support/hold-budget.js';
import { allowResend, insertSendBudget, minutePasses, updateSendBudget } from '../support/rows.js';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

const from = (ip: string) => ({ 'x-forwarded-for': ip });
const ask = (phone: string, headers?: Record<string, string>) => requestOtp(gateway.graphqlUrl, { phone }, headers);

/** Requests a code and cancels at once: the attempt is closed, the message is sent. Then a minute passes. */
async function askAndCancel(phone: string, headers?: Record<string, string>): Promise<string> {
  const sent = await ask(phone, headers);
  if (sent.__typename === 'OtpRequested') await cancelLogin(gateway.graphqlUrl, sent);
  await minutePasses(database, phone);
  return sent.__typename;
}

const sentTo = (phone: string) =>
  gateway.log.filter(({ event, phone: to }) => event === 'console.message' && to === phone).length;

async function times<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < count; round += 1) results.push(await act());
  return results;
}

const typesOf = (answers: { __typename: string }[]) => new Set(answers.map(({ __typename }) => __typename));
const count = (answers: { __typename: string }[], type: string) =>
  answers.filter(({ __typename }) => __typename === type).length;

describe('a phone', () => {
  test('is sent two codes a minute, however many are requested at once', async () => {
    const phone = somePhone();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(phone)));
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([2, 48]);
    expect(sentTo(phone)).toBe(2);
    const refused = await ask(phone);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  test('is sent ten codes per hour, also when each attempt is canceled', async () => {
    const phone = somePhone();
    expect(new Set(await times(10, () => askAndCancel(phone)))).toEqual(new Set(['OtpRequested']));
    const refused = await ask(phone);
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    expect(sentTo(phone)).toBe(10);
  });

  test('is sent codes again when the hour has passed, but at most twenty per day', async () => {
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    expect((await ask(phone)).__typename).toBe('RateLimited');
    const hourPasses = () => updateSendBudget(database, phone, { hourStartedAt: '-61 minutes' });
    await hourPasses();
    expect(new Set(await times(10, () => askAndCancel(phone)))).toEqual(new Set(['OtpRequested']));
    await hourPasses();
    const refused = await ask(phone);
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_600 * 23);
    await updateSendBudget(database, phone, { dayStartedAt: '-25 hours' });
    expect((await ask(phone)).__typename).toBe('OtpRequested');
  });

  test('whose codes are used is sent at most forty an hour: a used code counts a quarter', async () => {
    const phone = somePhone();
    const answers = await times(45, async () => {
      const sent = await ask(phone);
      if (sent.__typename === 'OtpRequested') {
        const session = await verifyOtp(gateway.graphqlUrl, { ...sent, code: gateway.codeOf(sent.attemptId) });
        expect(session.__typename).toBe('Session');
      }
      return sent;
    });
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([40, 5]);
  });

  test('gets its budget back when it signs in by WhatsApp', async () => {
    const phone = somePhone();
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    expect((await ask(phone)).__typename).toBe('RateLimited');
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(await deliverWebhook(gateway.url, incomingText(login.loginMessage, phone))).toBe(200);
    expect((await ask(phone)).__typename).toBe('OtpRequested');
  });

  test('is charged for a resend, and rate limited after the tenth message', async () => {
    const phone = somePhone();
    const sent = await ask(phone);
    const again = async () => {
      await minutePasses(database, phone);
      await allowResend(database, sent.attemptId);
      return resendOtp(gateway.graphqlUrl, sent);
    };
    expect(typesOf(await times(9, again))).toEqual(new Set(['OtpRequested']));
    const refused = await again();
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(sentTo(phone)).toBe(10);
  });
});

describe('a known device of a phone', () => {
  async function signIn(phone: string, deviceToken?: string | null) {
    const sent = await requestOtp(gateway.graphqlUrl, { phone, deviceToken });
    expect(sent.__typename).toBe('OtpRequested');
    return verifyOtp(
      gateway.graphqlUrl,
      { ...sent, code: gateway.codeOf(sent.attemptId) },
      { deviceToken: deviceToken ?? null },
    );
  }

  test('has a budget of its own, which strangers cannot spend', async () => {
    const phone = somePhone();
    const { deviceToken } = await signIn(phone);
    await insertSendBudget(database, '+77019999999', { hourSends: 0, daySends: 0 });
    await database.query('UPDATE budgets SET hour_sends = 1000, day_sends = 2000 WHERE subject = $1', [phone]);
    expect((await ask(phone)).__typename).toBe('RateLimited');
    expect((await signIn(phone, deviceToken)).__typename).toBe('Session');
  });

  test('does not spend what its network has for codes that are not used, and enlarges it once a day when it uses one', async () => {
    const phone = somePhone();
    const headers = from('203.0.113.40');
    const first = await ask(phone, headers);
    const { deviceToken } = await verifyOtp(
      { url: gateway.graphqlUrl, headers },
      { ...first, code: gateway.codeOf(first.attemptId) },
    );
    const counted = () =>
      database.query(`SELECT hour_sends, hour_verified FROM budgets WHERE subject = '203.0.113.40'`);
    await expect.poll(counted).toEqual([{ hour_sends: 25, hour_verified: 1 }]);
    const completedYesterday = `UPDATE login_attempts SET completed_at = completed_at - interval '1 day' WHERE phone = $1`;
    await database.query(completedYesterday, [phone]);
    const own = await requestOtp(gateway.graphqlUrl, { phone, deviceToken }, headers);
    const second = await requestOtp(gateway.graphqlUrl, { phone, deviceToken }, headers);
    expect(await counted()).toEqual([{ hour_sends: 25, hour_verified: 1 }]);
    await verifyOtp({ url: gateway.graphqlUrl, headers }, { ...own, code: gateway.codeOf(own.attemptId) });
    await expect.poll(counted).toEqual([{ hour_sends: 50, hour_verified: 2 }]);
    await verifyOtp({ url: gateway.graphqlUrl, headers }, { ...second, code: gateway.codeOf(second.attemptId) });
    const onDevices = () =>
      database.query('SELECT hour_sends FROM budgets WHERE subject = $1', [`${phone} on known devices`]);
    await expect.poll(onDevices).toEqual([{ hour_sends: 50 }]);
    expect(await counted()).toEqual([{ hour_sends: 50, hour_verified: 2 }]);
  });

  test('has one budget, whatever other tokens the client sends with its own', async () => {
    const phone = somePhone();
    const { deviceToken } = await signIn(phone);
    const others = Array.from({ length: 3 }, () => randomBytes(32).toString('base64url'));
    const tokens = [`${deviceToken}`, ...others.map((other) => `${deviceToken}${other}`)];
    const answers = await times(4, () => requestOtp(gateway.graphqlUrl, { phone, deviceToken: tokens.pop() ?? '' }));
    expect(answers.map(({ __typename }) => __typename)).toEqual([
      'OtpRequested',
      'OtpRequested',
      'RateLimited',
      'RateLimited',
    ]);
  });

  test('shares one budget with all other known devices of the phone, which is smaller than that of strangers', async () => {
    const phone = somePhone();
    const tokens: string[] = [];
    for (let index = 0; index < 5; index += 1) tokens.push(String((await signIn(phone)).deviceToken));
    let used = 0;
    const spent = () => database.query(`SELECT hour_sends FROM budgets WHERE subject LIKE $1`, [`${phone} on %`]);
    const answers = await times(30, async () => {
      const deviceToken = tokens[Math.trunc(Math.random() * tokens.length)] ?? null;
      const sent = await requestOtp(gateway.graphqlUrl, { phone, deviceToken });
      if (sent.__typename !== 'OtpRequested') return sent;
      await verifyOtp(gateway.graphqlUrl, { ...sent, code: gateway.codeOf(sent.attemptId) }, { deviceToken });
      // The gateway settles used codes a moment later.
      used += 1;
      await expect.poll(spent).toEqual([{ hour_sends: 25 * used }]);
      return sent;
    });
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([24, 6]);
    const rows = await database.query('SELECT subject FROM budgets WHERE subject LIKE $1', [`${phone} on %`]);
    expect(rows).toEqual([{ subject: `${phone} on known devices` }]);
  });

  test('sends six codes an hour at most, of fifty requests at once on several of them', async () => {
    const phone = somePhone();
    const tokens = [await signIn(phone), await signIn(phone)].map(({ deviceToken }) => String(deviceToken));
    await insertSendBudget(database, `${phone} on known devices`, { hourSends: 5, daySends: 5 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        requestOtp(gateway.graphqlUrl, { phone, deviceToken: tokens[index % 2] ?? null }),
      ),
    );
    expect(count(answers, 'OtpRequested')).toBe(1);
  });

  test('gets its budget back when the phone signs in by WhatsApp', async () => {
    const phone = somePhone();
    const { deviceToken } = await signIn(phone);
    const request = () => requestOtp(gateway.graphqlUrl, { phone, deviceToken });
    expect(typesOf(await times(2, request))).toEqual(new Set(['OtpRequested']));
    expect((await request()).__typename).toBe('RateLimited');
    const login = await startWhatsAppLogin(gateway.graphqlUrl);
    expect(await deliverWebhook(gateway.url, incomingText(login.loginMessage, phone))).toBe(200);
    expect((await request()).__typename).toBe('OtpRequested');
  });

  test('cannot be pretended: a made-up token is a stranger, and so is the token of another user', async () => {
    const phone = somePhone();
    const { deviceToken } = await signIn(somePhone());
    await insertSendBudget(database, phone, { hourSends: 10, daySends: 10 });
    for (const token of [deviceToken, 'A'.repeat(43), '']) {
      const answer = await requestOtp(gateway.graphqlUrl, { phone, deviceToken: token });
      expect(answer.__typename).toBe('RateLimited');
    }
  });
});

describe('a new device in a network where the user of the phone has signed in before', () => {
  test.each([
    { home: '192.0.2.77', atHome: '192.0.2.77', elsewhere: '192.0.2.178', attacker: '198.51.100.9' },
    { home: '2001:db8:5:6::1', atHome: '2001:db8:5:6:aaaa::2', elsewhere: '2001:db8:5:7::1', attacker: '198.51.101.9' },
  ])(
    'shows nobody that the user of the phone signs in from there: $home',
    async ({ home, atHome, elsewhere, attacker }) => {
      const phone = somePhone();
      const first = await ask(phone, from(home));
      await verifyOtp(
        { url: gateway.graphqlUrl, headers: from(home) },
        { ...first, code: gateway.codeOf(first.attemptId) },
      );
      await times(10, () => askAndCancel(phone, from(attacker)));
      expect((await ask(phone, from(elsewhere))).__typename).toBe('RateLimited');
      expect((await ask(phone, from(atHome))).__typename).toBe('RateLimited');
    },
  );
});

describe('a client IP', () => {
  test('may leave ten codes an hour unused: of fifty requests at once ten are sent', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(somePhone(), from('203.0.113.7'))));
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([10, 40]);
    // The refused requests have not changed the budget.
    expect((await ask(somePhone(), from('203.0.113.7'))).__typename).toBe('RateLimited');
    expect((await ask(somePhone(), from('203.0.113.8'))).__typename).toBe('OtpRequested');
  });

  test('is counted by its /64 in IPv6', async () => {
    const hosts = Array.from({ length: 10 }, (_, index) => `2001:db8:1:2::${index + 1}`);
    expect(typesOf(await Promise.all(hosts.map((ip) => ask(somePhone(), from(ip)))))).toEqual(
      new Set(['OtpRequested']),
    );
    expect((await ask(somePhone(), from('2001:db8:1:2::ffff'))).__typename).toBe('RateLimited');
    expect((await ask(somePhone(), from('2001:db8:1:3::1'))).__typename).toBe('OtpRequested');
  });

  test('of an IPv6 /48 has forty unused codes an hour, in whatever of its 65,536 networks', async () => {
    const answers = await times(60, () =>
      ask(somePhone(), from(`2001:db8:7:${Math.trunc(Math.random() * 65_536).toString(16)}::1`)),
    );
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([40, 20]);
  });

  test('of a network in which people use their codes is not limited by them', async () => {
    for (let round = 0; round < 40; round += 1) {
      const sent = await ask(somePhone(), from('203.0.113.9'));
      expect(sent.__typename).toBe('OtpRequested');
      await verifyOtp(gateway.graphqlUrl, { ...sent, code: gateway.codeOf(sent.attemptId) });
      if (round % 5 === 4) await expect.poll(() => unusedOf('203.0.113.9')).toBe(0);
    }
  });

  test('of the same machine is not limited', async () => {
    expect(typesOf(await times(40, () => ask(somePhone())))).toEqual(new Set(['OtpRequested']));
  });
});

/** Messages of the hour that were not used. */
async function unusedOf(subject: string): Promise<number> {
  const [row] = await database.query(
    'SELECT hour_sends - 25 * hour_verified AS unused FROM budgets WHERE subject = $1',
    [subject],
  );
  return Number(row?.['unused']);
}

describe('a paid channel', () => {
  let kavenegar: KavenegarSimulator;
  const started: TestGateway[] = [];
  let ip = 0;
  const sendCalls = () => kavenegar.calls.filter(({ method }) => method === 'sms/send').length;
  const nextIp = () => from(`198.51.${(ip += 1)}.1`);
  const iranianPhone = () => `+98912${String(Math.trunc(Math.random() * 10_000_000)).padStart(7, '0')}`;

  /** Kavenegar refuses the message, and not because of the number itself: the client sees such a refusal. */
  const ABROAD = { DELIVERY_ROUTES: '*=kavenegar-sms' };
  const REFUSED_ABROAD = { status: 407, body: '{"return":{"status":407,"message":""},"entries":null}' };

  async function start(env: Record<string, string>): Promise<TestGateway> {
    const paying = await startGateway({
      DATABASE_URL: database.url,
      NODE_ENV: 'production',
      GREEN_API_WEBHOOK_TOKEN: 'tSXRzKCrGduP6U3FHyZsMkTb',
      KAVENEGAR_URL: kavenegar.url,
      KAVENEGAR_API_KEY: kavenegar.apiKey,
      TRUSTED_PROXY_HOPS: '1',
      ...env,
    });
    started.push(paying);
    return paying;
  }

  beforeAll(async () => {
    kavenegar = await startKavenegarSimulator();
  });
  afterAll(async () => {
    await Promise.all(started.map((each) => each.stop()));
    await kavenegar.close();
  });

  const budgetsOf = (subjects: string[]) =>
    database.query('SELECT subject, hour_sends, hour_cost::int FROM budgets WHERE subject = ANY($1) ORDER BY subject', [
      subjects,
    ]);

  test('charges each message to the phone, the networks, the range, the country, the channel and all', async () => {
    const gateway = await start({ MESSAGE_PRICES_USD: 'kavenegar-sms=0.02' });
    await database.query('DELETE FROM budgets');
    const answer = await requestOtp(gateway.graphqlUrl, { phone: '+989120000005' }, from('203.0.113.20'));
    expect(answer.__typename).toBe('OtpRequested');
    const charged = await database.query('SELECT subject, hour_sends, day_cost::int FROM budgets ORDER BY scope');
    const subjects = [
      '+989120000005',
      '203.0.113.20',
      '203.0.113.0/24',
      'block:+98912000',
      'range:+9891',
      'country:IR',
    ];
    expect(charged).toEqual(
      [...subjects, 'channel:kavenegar-sms', 'all', 'block:+9891200'].map((subject) => ({
        subject,
        hour_sends: 100,
        day_cost: 20_000,
      })),
    );
  });

  test('sends what the money of the day allows, and no more when fifty requests arrive at once', async () => {
    const gateway = await start({ MESSAGE_PRICES_USD: 'kavenegar-sms=0.2', SPEND_LIMIT_USD_PER_DAY: '40' });
    await database.query('DELETE FROM budgets');
    const before = sendCalls();
    // Each in another block of ten thousand numbers.
    const phones = Array.from({ length: 50 }, (_, index) => `+98912${String(100 + index)}0004`);
    await Promise.all(phones.map((phone) => requestOtp(gateway.graphqlUrl, { phone }, nextIp())));
    // 40 dollars, of which three tenths may go to one range of numbers, and a quarter of that within one hour: 3 dollars.
    expect(sendCalls() - before).toBe(15);
    const blocked = await database.query(`SELECT DISTINCT blocked_by FROM sms_log WHERE blocked_by IS NOT NULL`);
    expect(blocked).toEqual([{ blocked_by: 'range' }]);
  });

  test('that nobody may spend anything on sends nothing, and answers as if it did', async () => {
    const gateway = await start({ SPEND_LIMIT_USD_PER_DAY: '0' });
    const before = sendCalls();
    const answer = await requestOtp(gateway.graphqlUrl, { phone: iranianPhone() }, nextIp());
    expect(answer).toMatchObject({ __typename: 'OtpRequested', channel: 'KAVENEGAR_SMS' });
    expect(sendCalls()).toBe(before);
  });

  test('to a country whose codes are not used sends twenty a day, from however many addresses', async () => {
    const gateway = await start({
      UNVERIFIED_MESSAGES_PER_COUNTRY_PER_DAY: '20',
      MESSAGE_PRICES_USD: 'kavenegar-sms=0.1',
    });
    await database.query('DELETE FROM budgets');
    const before = sendCalls();
    const request = () => requestOtp(gateway.graphqlUrl, { phone: iranianPhone() }, nextIp());
    const answers = await times(40, request);
    expect(typesOf(answers)).toEqual(new Set(['OtpRequested']));
    expect(sendCalls() - before).toBe(10);
    await database.query(`UPDATE budgets SET hour_started_at = now() - interval '61 minutes'`);
    await times(20, request);
    expect(sendCalls() - before).toBe(20);
  });

  test('is charged for a failover too, which does not use up the two codes of the minute', async () => {
    const melipayamak = await startMelipayamakSimulator();
    onTestFinished(() => melipayamak.close());
    const gateway = await start({
      DELIVERY_ROUTES: 'IR=kavenegar-sms,melipayamak',
      MELIPAYAMAK_URL: melipayamak.url,
      MELIPAYAMAK_USERNAME: melipayamak.username,
      MELIPAYAMAK_PASSWORD: melipayamak.password,
      MELIPAYAMAK_BODY_ID: '524',
      MELIPAYAMAK_CONSOLE_URL: melipayamak.url,
    });
    await database.query('DELETE FROM budgets');
    const phone = '+989120000004';
    kavenegar.fault = 'hang-up';
    const answers = [
      await requestOtp(gateway.graphqlUrl, { phone }, from('203.0.113.12')),
      await requestOtp(gateway.graphqlUrl, { phone }, from('203.0.113.12')),
    ];
    kavenegar.fault = undefined;
    expect(answers).toMatchObject([{ channel: 'MELIPAYAMAK' }, { channel: 'MELIPAYAMAK' }]);
    const [row] = await database.query('SELECT minute_sends, hour_sends FROM budgets WHERE subject = $1', [phone]);
    expect(row).toEqual({ minute_sends: 200, hour_sends: 400 });
  });

  test('that costs too much is passed over by a request and by a resend; where all cost too much, the first one seems to answer', async () => {
    const melipayamak = await startMelipayamakSimulator();
    onTestFinished(() => melipayamak.close());
    const twoChannels = {
      DELIVERY_ROUTES: 'IR=kavenegar-sms,melipayamak',
      MELIPAYAMAK_URL: melipayamak.url,
      MELIPAYAMAK_USERNAME: melipayamak.username,
      MELIPAYAMAK_PASSWORD: melipayamak.password,
      MELIPAYAMAK_BODY_ID: '524',
      MELIPAYAMAK_CONSOLE_URL: melipayamak.url,
    };
    const gateway = await start({ ...twoChannels, MESSAGES_PER_CHANNEL_PER_DAY: 'kavenegar-sms=1' });
    await database.query('DELETE FROM budgets');
    const requestAndResend = async (url: string) => {
      const phone = iranianPhone();
      const sent = await requestOtp(url, { phone }, nextIp());
      await minutePasses(database, phone);
      await allowResend(database, sent.attemptId);
      return [sent.channel, (await resendOtp(url, sent)).channel];
    };
    expect(await requestAndResend(gateway.graphqlUrl)).toEqual(['KAVENEGAR_SMS', 'MELIPAYAMAK']);
    expect(await requestAndResend(gateway.graphqlUrl)).toEqual(['MELIPAYAMAK', 'MELIPAYAMAK']);
    const poor = await start({ ...twoChannels, SPEND_LIMIT_USD_PER_DAY: '0' });
    await database.query('DELETE FROM budgets');
    await database.query('DELETE FROM sms_log');
    const before = [sendCalls(), melipayamak.calls.length];
    await requestAndResend(poor.graphqlUrl);
    expect([sendCalls(), melipayamak.calls.length]).toEqual(before);
    const firstOfEach = `SELECT DISTINCT channel FROM sms_log WHERE blocked_by IS NOT NULL`;
    expect(await database.query(firstOfEach)).toEqual([{ channel: 'kavenegar-sms' }]);
  });

  test('sends to a known device, also again, although strangers have spent what its country may cost', async () => {
    const paying = await start({ SPEND_LIMIT_USD_PER_DAY: '20' });
    await database.query('DELETE FROM budgets');
    const phone = iranianPhone();
    const first = await ask(phone, nextIp());
    const { deviceToken } = await verifyOtp(gateway.graphqlUrl, { ...first, code: gateway.codeOf(first.attemptId) });
    await requestOtp(paying.graphqlUrl, { phone: iranianPhone() }, nextIp());
    const spend = (dollars: number) =>
      database.query(`UPDATE budgets SET hour_cost = $1, day_cost = $1 WHERE subject = 'country:IR'`, [
        dollars * 1_000_000,
      ]);
    await spend(3);
    await minutePasses(database, phone);
    const before = sendCalls();
    await requestOtp(paying.graphqlUrl, { phone: iranianPhone() }, nextIp());
    expect(sendCalls()).toBe(before);
    const sent = await requestOtp(paying.graphqlUrl, { phone, deviceToken }, nextIp());
    await allowResend(database, sent.attemptId);
    expect((await resendOtp(paying.graphqlUrl, sent)).__typename).toBe('OtpRequested');
    expect(sendCalls() - before).toBe(2);
    // Known devices have more of it, but not all: a few SIMs must not spend the money of all countries.
    await spend(4);
    await minutePasses(database, `${phone} on known devices`);
    await requestOtp(paying.graphqlUrl, { phone, deviceToken }, nextIp());
    expect(sendCalls() - before).toBe(2);
  });

  test('sends six dear messages a day to the known devices of a phone, whether or not their codes are used', async () => {
    const paying = await start({
      ...ABROAD,
      SPEND_LIMIT_USD_PER_DAY: '20',
      MESSAGE_PRICES_USD: 'kavenegar-sms=0.15',
    });
    await database.query('DELETE FROM budgets');
    const phone = somePhone();
    const first = await ask(phone);
    const { deviceToken } = await verifyOtp(gateway.graphqlUrl, { ...first, code: gateway.codeOf(first.attemptId) });
    const before = sendCalls();
    const answers = await times(8, async () => {
      const sent = await requestOtp(paying.graphqlUrl, { phone, deviceToken }, nextIp());
      const code = /(?<!\d)\d{6,10}(?!\d)/.exec(kavenegar.messages.at(-1)?.message ?? '')?.[0] ?? '';
      if (sent.__typename === 'OtpRequested')
        expect((await verifyOtp(paying.graphqlUrl, { ...sent, code })).__typename).toBe('Session');
      await minutePasses(database, `${phone} on known devices`);
      return sent;
    });
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([6, 2]);
    expect(sendCalls() - before).toBe(6);
  });

  test('sends known devices no more of them after a message that costs nothing', async () => {
    const greenApi = await startGreenApiSimulator();
    onTestFinished(() => greenApi.close());
    const paying = await start({
      DELIVERY_ROUTES: 'IR=green-api,kavenegar-sms',
      GREEN_API_URL: greenApi.url,
      GREEN_API_ID_INSTANCE: greenApi.idInstance,
      GREEN_API_TOKEN: greenApi.token,
      SPEND_LIMIT_USD_PER_DAY: '20',
      MESSAGE_PRICES_USD: 'kavenegar-sms=0.15',
    });
    greenApi.fault = { status: 503, body: 'Service Unavailable', contentType: 'text/plain' };
    await database.query('DELETE FROM budgets');
    const phone = iranianPhone();
    const first = await ask(phone);
    const { deviceToken } = await verifyOtp(gateway.graphqlUrl, { ...first, code: gateway.codeOf(first.attemptId) });
    const onDevices = `${phone} on known devices`;
    const request = async () => {
      const before = sendCalls();
      await requestOtp(paying.graphqlUrl, { phone, deviceToken }, nextIp());
      await minutePasses(database, onDevices);
      return sendCalls() - before;
    };
    expect(await request()).toBe(1);
    await database.query('UPDATE budgets SET day_cost = 900000 WHERE subject = $1', [onDevices]);
    expect(await request()).toBe(0);
  });

  test('that refuses a message of a known device gives nothing back to its network, where the message was not counted', async () => {
    const paying = await start(ABROAD);
    await database.query('DELETE FROM budgets');
    const phone = somePhone();
    const headers = from('203.0.113.50');
    const first = await ask(phone, headers);
    const { deviceToken } = await verifyOtp(gateway.graphqlUrl, { ...first, code: gateway.codeOf(first.attemptId) });
    await expect.poll(() => unusedOf('203.0.113.50')).toBe(0);
    await database.query(`UPDATE budgets SET hour_sends = 325 WHERE subject = '203.0.113.50'`);
    kavenegar.fault = REFUSED_ABROAD;
    const answer = await requestOtp(paying.graphqlUrl, { phone, deviceToken }, headers);
    kavenegar.fault = undefined;
    expect(answer.__typename).not.toBe('OtpRequested');
    expect(await unusedOf('203.0.113.50')).toBe(300);
  });

  test('is charged for a resend after the attempt is locked, as where its code is accepted, so that the two cannot wait for each other', async () => {
    const gateway = await start({});
    await database.query('DELETE FROM budgets');
    const phone = iranianPhone();
    const sent = await requestOtp(gateway.graphqlUrl, { phone }, nextIp());
    await minutePasses(database, phone);
    await allowResend(database, sent.attemptId);
    // Only the charge of the resend waits for its budget; the attempt must be locked by then.
    const resent = await whileBudgetIsHeld(
      { databaseUrl: database.url, subject: 'all', waiting: 1 },
      () => resendOtp(gateway.graphqlUrl, sent),
      async (watcher) => {
        const locked = watcher.query('SELECT FROM login_attempts WHERE id = $1 FOR UPDATE NOWAIT', [sent.attemptId]);
        await expect(locked).rejects.toMatchObject({ code: '55P03' });
      },
    );
    expect(resent.__typename).toBe('OtpRequested');
  });

  test('is not charged to a phone whose request loses the last place of its network to a concurrent one, because nothing is sent', async () => {
    const ip = '198.51.100.99';
    await insertSendBudget(database, ip, { hourSends: 9, daySends: 9 });
    const phones = Array.from({ length: 8 }, somePhone);
    const answers = await whileBudgetIsHeld({ databaseUrl: database.url, subject: ip, waiting: 5 }, () =>
      Promise.all(phones.map((phone) => ask(phone, from(ip)))),
    );
    expect([count(answers, 'OtpRequested'), count(answers, 'RateLimited')]).toEqual([1, 7]);
    const charged = await database.query<{ subject: string }>(
      'SELECT subject FROM budgets WHERE subject = ANY($1) AND day_sends > 0',
      [phones],
    );
    expect(charged).toEqual([{ subject: phones[answers.findIndex((of) => of.__typename === 'OtpRequested')] }]);
  });

  test('is charged when the provider did not answer, because it may have been sent', async () => {
    const gateway = await start({});
    await database.query('DELETE FROM budgets');
    kavenegar.fault = 'hang-up';
    const answer = await requestOtp(gateway.graphqlUrl, { phone: '+989120000005' }, from('203.0.113.11'));
    kavenegar.fault = undefined;
    expect(answer.__typename).toBe('OtpRequested');
    expect(await budgetsOf(['+989120000005', '203.0.113.11'])).toMatchObject([
      { hour_sends: 100, hour_cost: 5_000 },
      { hour_sends: 100, hour_cost: 5_000 },
    ]);
  });

  test('that refuses everything is asked twenty times an hour for a phone: a refused message counts half', async () => {
    const gateway = await start(ABROAD);
    const phone = '+77010000004';
    const before = sendCalls();
    kavenegar.fault = REFUSED_ABROAD;
    const answers = await times(25, async () => {
      const answer = await requestOtp(gateway.graphqlUrl, { phone }, nextIp());
      await minutePasses(database, phone);
      return answer;
    });
    kavenegar.fault = undefined;
    expect(answers.slice(0, 19).every(({ __typename }) => __typename !== 'RateLimited')).toBe(true);
    expect(answers.at(-1)?.__typename).toBe('RateLimited');
    expect(sendCalls() - before).toBe(20);
    expect(await budgetsOf([phone])).toMatchObject([{ hour_cost: 0 }]);
  });
});
