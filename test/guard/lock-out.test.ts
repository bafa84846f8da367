import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { somePhone } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertGuessFailures } from '../support/rows.js';
import { addressOf, ask, attack, enter, ignoreSendBudgets, pass, signInFrom } from './attackers.js';

const HOME = '203.0.113.20';
const ELSEWHERE = '192.0.2.30';
const ATTACKER = '198.51.100.66';

let database: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  await ignoreSendBudgets(database);
  gateway = await startGateway({ DATABASE_URL: database.url, TRUSTED_PROXY_HOPS: '1' });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});
// The counts of networks and of the service are about other attacks: each test begins without those of the others.
beforeEach(() => database.query('DELETE FROM guess_failures'));
beforeEach(() => database.query('DELETE FROM guess_minutes'));

/** A user who has signed in on a device. */
async function victim() {
  const phone = somePhone();
  const { deviceToken } = await signInFrom({ on: gateway, ip: HOME }, phone);
  return { phone, deviceToken: String(deviceToken) };
}

async function signsInOnTheKnownDevice({ phone, deviceToken }: Awaited<ReturnType<typeof victim>>): Promise<void> {
  const attempt = await ask({ on: gateway, ip: HOME, deviceToken }, phone);
  expect(attempt).toMatchObject({ __typename: 'OtpRequested', codeLength: 6 });
  const session = await enter({ on: gateway, ip: HOME }, attempt, gateway.codeOf(attempt.attemptId));
  expect(session.__typename).toBe('Session');
}

describe('a stranger who enters wrong codes for a phone', () => {
  // Regression: ten wrong codes refused the right code of the owner's own attempt for an hour.
  test('does not close an attempt that the owner has open, with 12 requests and 2 messages', async () => {
    const owner = await victim();
    const own = await ask({ on: gateway, ip: ELSEWHERE }, owner.phone);
    for (let round = 0; round < 2; round += 1)
      expect((await attack({ on: gateway, ip: addressOf(round) }, owner.phone)).slice(1)).toEqual(
        Array(5).fill('IncorrectCode'),
      );
    expect((await enter({ on: gateway, ip: ELSEWHERE }, own, gateway.codeOf(own.attemptId))).__typename).toBe(
      'Session',
    );
    await signsInOnTheKnownDevice(owner);
  });

  // Regression: 100 failures in a row closed the phone until an admin or a WhatsApp message opened it.
  test('does not lock the owner out with 100 wrong codes within ten hours', async () => {
    const owner = await victim();
    for (let hour = 0; hour < 10; hour += 1) {
      for (let turn = 0; turn < 2; turn += 1)
        await attack({ on: gateway, ip: addressOf(hour * 2 + turn) }, owner.phone);
      await pass(database, '61 minutes');
    }
    await signsInOnTheKnownDevice(owner);
    await pass(database, '1 day');
    expect((await signInFrom({ on: gateway, ip: ELSEWHERE }, owner.phone)).__typename).toBe('Session');
  });

  test('cannot take the slots of open attempts from the known device', async () => {
    const owner = await victim();
    for (let turn = 0; turn < 3; turn += 1)
      expect((await ask({ on: gateway, ip: addressOf(turn) }, owner.phone)).__typename).toBe('OtpRequested');
    expect((await ask({ on: gateway, ip: addressOf(4) }, owner.phone)).__typename).toBe('RateLimited');
    await signsInOnTheKnownDevice(owner);
  });

  // Regression: one address kept fifteen victims from codes.
  test('keeps nobody from a new code with one address and fifteen phones', async () => {
    const phones = Array.from({ length: 15 }, () => somePhone());
    for (const phone of phones) await attack({ on: gateway, ip: ATTACKER }, phone);
    for (const [index, phone] of phones.entries())
      expect((await ask({ on: gateway, ip: addressOf(index) }, phone)).__typename).toBe('OtpRequested');
  });

  test('gets no new code for the phone after five in an hour, other networks do', async () => {
    const phone = somePhone();
    expect(await attack({ on: gateway, ip: ATTACKER }, phone)).toEqual([
      'OtpRequested',
      ...Array<string>(5).fill('IncorrectCode'),
    ]);
    const refused = await ask({ on: gateway, ip: ATTACKER }, phone);
    expect(refused).toMatchObject({ __typename: 'RateLimited', code: 'RATE_LIMITED' });
    expect(refused.retryAfterSeconds).toBeGreaterThan(3_500);
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    expect((await ask({ on: gateway, ip: ELSEWHERE }, phone)).__typename).toBe('OtpRequested');
    expect((await ask({ on: gateway, ip: ATTACKER }, somePhone())).__typename).toBe('OtpRequested');
  });

  test('is slowed down together with all strangers after ten in an hour, until it has passed', async () => {
    const phone = somePhone();
    for (let round = 0; round < 2; round += 1) await attack({ on: gateway, ip: addressOf(round) }, phone);
    expect(await ask({ on: gateway, ip: ELSEWHERE }, phone)).toMatchObject({ __typename: 'RateLimited' });
    await pass(database, '61 minutes');
    expect((await ask({ on: gateway, ip: ELSEWHERE }, phone)).__typename).toBe('OtpRequested');
  });
});

describe('a known device', () => {
  test('has wrong codes of its own: ten an hour, which neither strangers nor other phones spend', async () => {
    const owner = await victim();
    for (let round = 0; round < 2; round += 1) {
      const attempt = await ask({ on: gateway, ip: HOME, deviceToken: owner.deviceToken }, owner.phone);
      for (let tries = 0; tries < 5; tries += 1) await enter({ on: gateway, ip: HOME }, attempt);
    }
    const refused = await ask({ on: gateway, ip: HOME, deviceToken: owner.deviceToken }, owner.phone);
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(3_600);
    // Strangers, and the same user without the token, are not affected.
    expect((await ask({ on: gateway, ip: HOME }, owner.phone)).__typename).toBe('OtpRequested');
    await pass(database, '61 minutes');
    expect((await ask({ on: gateway, ip: HOME, deviceToken: owner.deviceToken }, owner.phone)).__typename).toBe(
      'OtpRequested',
    );
  });

  test('of another user is a stranger', async () => {
    const [owner, other] = [await victim(), await victim()];
    await insertGuessFailures(database, owner.phone, { hourFailures: 10 });
    expect((await ask({ on: gateway, ip: HOME, deviceToken: other.deviceToken }, owner.phone)).__typename).toBe(
      'RateLimited',
    );
    expect((await ask({ on: gateway, ip: HOME, deviceToken: owner.deviceToken }, owner.phone)).__typename).toBe(
      'OtpRequested',
    );
  });
});

describe('no refusal lasts longer than a day', () => {
  test.each([
    ['for strangers', (phone: string) => phone],
    ['for a network', (phone: string) => `${phone} from ${ELSEWHERE}`],
  ])('%s', async (_, subjectOf) => {
    const phone = somePhone();
    await insertGuessFailures(database, subjectOf(phone), {
      hourFailures: 1_000,
      dayFailures: 10_000,
      totalFailures: 10_000,
    });
    const refused = await ask({ on: gateway, ip: ELSEWHERE }, phone);
    expect(refused.__typename).toBe('RateLimited');
    expect(refused.retryAfterSeconds).toBeLessThanOrEqual(86_400);
    await pass(database, '24 hours');
    expect((await signInFrom({ on: gateway, ip: ELSEWHERE }, phone)).__typename).toBe('Session');
  });
});

describe('a right code', () => {
  const countsOf = (phone: string) =>
    database.query<{ subject: string; day: number }>(
      `SELECT replace(subject, $1, 'phone') AS subject, day_failures AS day FROM guess_failures WHERE subject LIKE $1 || '%' ORDER BY subject`,
      [phone],
    );

  test('takes the wrong codes of its client off the counts, and leaves those of strangers', async () => {
    const phone = somePhone();
    await attack({ on: gateway, ip: ATTACKER }, phone);
    const own = await ask({ on: gateway, ip: HOME }, phone);
    for (let tries = 0; tries < 3; tries += 1) await enter({ on: gateway, ip: HOME }, own);
    expect(await countsOf(phone)).toEqual([
      { subject: 'phone', day: 8 },
      { subject: `phone from ${ATTACKER}`, day: 5 },
      { subject: `phone from ${HOME}`, day: 3 },
    ]);
    expect((await enter({ on: gateway, ip: HOME }, own, gateway.codeOf(own.attemptId))).__typename).toBe('Session');
    expect(await countsOf(phone)).toEqual([
      { subject: 'phone', day: 5 },
      { subject: `phone from ${ATTACKER}`, day: 5 },
      { subject: `phone from ${HOME}`, day: 0 },
    ]);
  });

  test('on a known device resets the count of the device', async () => {
    const { phone, deviceToken } = await victim();
    const own = await ask({ on: gateway, ip: HOME, deviceToken }, phone);
    for (let tries = 0; tries < 3; tries += 1) await enter({ on: gateway, ip: HOME }, own);
    expect((await countsOf(phone)).map(({ day }) => day)).toEqual([3]);
    await enter({ on: gateway, ip: HOME }, own, gateway.codeOf(own.attemptId));
    expect((await countsOf(phone)).map(({ day }) => day)).toEqual([0]);
  });

  test('and fifty parallel wrong codes of ten clients are all counted, without a deadlock', async () => {
    // So many right codes came from there that 50 wrong ones are no attack.
    for (const network of [ATTACKER, '198.51.100.0/24'])
      await insertGuessFailures(database, network, { dayVerified: 1_000 });
    const phones = Array.from({ length: 10 }, () => somePhone());
    const attempts = await Promise.all(phones.map((phone, index) => ask({ on: gateway, ip: addressOf(index) }, phone)));
    const answers = await Promise.all(
      attempts.flatMap((attempt, index) => [
        ...Array.from({ length: 4 }, () => enter({ on: gateway, ip: ATTACKER }, attempt)),
        enter({ on: gateway, ip: ATTACKER }, attempts[(index + 1) % 10] ?? attempt),
      ]),
    );
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['IncorrectCode']));
    expect(
      await database.query(
        'SELECT subject, day_failures, day_targets FROM guess_failures WHERE subject = ANY($1) ORDER BY subject',
        [[ATTACKER, '198.51.100.0/24']],
      ),
    ).toEqual([
      { subject: '198.51.100.0/24', day_failures: 50, day_targets: 10 },
      { subject: ATTACKER, day_failures: 50, day_targets: 10 },
    ]);
  });
});
