import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signIn } from '../support/sign-in.js';
import { requestOtp, somePhone, startWhatsAppLogin, verifyOtp, wrongCode } from '../support/calls.js';
import { type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { insertAttempt, insertAttempts } from '../support/rows.js';
import { type SignedInUser, signInAs } from './sign-in-as.js';

let database: TestDatabase;
let gateway: TestGateway;
let admin: SignedInUser;

beforeAll(async () => {
  database = await createDatabase();
  gateway = await startGateway({ DATABASE_URL: database.url });
  admin = await signInAs('ADMIN', { gateway, database });
});
afterAll(async () => {
  await gateway.stop();
  await database.drop();
});

interface Attempt {
  id: string;
  status: string;
  [field: string]: unknown;
}
const LIST = `query ($phone: String, $userId: ID, $method: LoginMethod, $status: LoginAttemptStatus, $since: DateTime, $until: DateTime) {
  loginAttempts(phone: $phone, userId: $userId, method: $method, status: $status, since: $since, until: $until, first: 100) {
    edges { node { id: attemptId method purpose status failureReason maskedPhone userId sessionId failedTries ipAddress location device locale
                   createdAt expiresAt completedAt claimedAt } }
  }
}`;
async function list(filter: object): Promise<Attempt[]> {
  const { loginAttempts } = await admin.read<{ loginAttempts: { edges: { node: Attempt }[] } }>(LIST, filter);
  return loginAttempts.edges.map(({ node }) => node);
}
const idsOf = (attempts: { id: string }[]) => attempts.map(({ id }) => id);

test('a sign-in is listed with all fields and a masked phone', async () => {
  const agent = {
    'user-agent': 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36',
  };
  const phone = somePhone();
  const session = await signIn(gateway, { phone, headers: agent });
  const [reported, ...rest] = await list({ phone });
  expect(rest).toEqual([]);
  expect(reported).toMatchObject({
    method: 'OTP',
    purpose: 'SIGN_IN',
    status: 'CLAIMED',
    failureReason: null,
    maskedPhone: `+7701*****${phone.slice(-2)}`,
    userId: session.user.id,
    sessionId: session.id,
    failedTries: 0,
    ipAddress: '127.0.0.1',
    device: 'Chrome, Android',
  });
  expect(reported?.['claimedAt']).not.toBeNull();
});

test('a failed attempt is listed with its reason and its failed tries', async () => {
  const phone = somePhone();
  const opened = await requestOtp(gateway.graphqlUrl, { phone });
  const code = wrongCode(gateway.codeOf(opened.attemptId));
  for (let tries = 0; tries < 5; tries += 1) await verifyOtp(gateway.graphqlUrl, { ...opened, code });
  expect(await list({ phone })).toMatchObject([
    {
      id: opened.attemptId,
      status: 'FAILED',
      failureReason: 'TOO_MANY_TRIES',
      failedTries: 5,
      userId: null,
      sessionId: null,
    },
  ]);
});

describe('loginAttempts', () => {
  const DAY = 86_400_000;
  const noon = Math.floor(Date.now() / DAY - 10.5) * DAY + DAY / 2;
  let rows: string[];
  const PHONE = '+77051112233';
  const OTHER = '+77054445566';

  beforeAll(async () => {
    const done = { expiresAt: new Date(noon) };
    rows = await insertAttempts(database, [
      { ...done, createdAt: new Date(noon - DAY), phone: PHONE, status: 'CLAIMED', userId: admin.id },
      { ...done, createdAt: new Date(noon), phone: PHONE, status: 'CANCELED' },
      { ...done, createdAt: new Date(noon + DAY), phone: OTHER, status: 'FAILED' },
    ]);
  });
  const period = { since: new Date(noon - 5 * DAY).toISOString(), until: new Date(noon + 5 * DAY).toISOString() };
  const [first, second, third] = [0, 1, 2].map((n) => () => rows[n]) as [() => string, () => string, () => string];

  test('lists the newest first', async () => {
    expect(idsOf(await list(period))).toEqual(rows.toReversed());
  });

  test.each([
    [
      'from a moment on, that moment too',
      { since: new Date(noon).toISOString(), until: period.until },
      [third, second],
    ],
    ['before a moment, that moment not', { since: period.since, until: new Date(noon).toISOString() }, [first]],
    ['of nothing between', { since: new Date(noon + 1).toISOString(), until: new Date(noon + 2).toISOString() }, []],
    ['in a period that is turned round', { since: period.until, until: period.since }, []],
    ['of a phone', { ...period, phone: PHONE }, [second, first]],
    ['of a phone in another spelling', { ...period, phone: '۸ (۷۰۵) ۱۱۱-۲۲-۳۳' }, [second, first]],
    ['with a status', { ...period, status: 'FAILED' }, [third]],
    ['by a method', { ...period, method: 'WHATSAPP' }, []],
    ['by all at once', { ...period, phone: PHONE, status: 'CANCELED', method: 'OTP' }, [second]],
    // In the 48 bits of an ID, a negative number of milliseconds would be a year far in the future.
    ['since long ago', { ...period, since: '1900-01-01T00:00:00Z' }, [third, second, first]],
  ])('filters by those %s', async (_, filter, expected) => {
    expect(idsOf(await list(filter))).toEqual(expected.map((row) => row()));
  });

  test('filters by the ID of a user, and is empty for an invalid ID', async () => {
    expect(idsOf(await list({ ...period, userId: admin.id }))).toEqual([first()]);
    expect(await list({ ...period, userId: gateway.url })).toEqual([]);
  });

  test('refuses an invalid phone', async () => {
    const { errors } = await admin.ask(LIST, { phone: 'nonsense' });
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual(['INVALID_PHONE_NUMBER']);
  });
});

describe('an expired attempt', () => {
  const past = { expiresAt: new Date(Date.now() - 5_000), createdAt: new Date(Date.now() - 305_000) };

  test.each(['PENDING', 'CONFIRMING', 'COMPLETED'])(
    'is EXPIRED before anybody has written it down: %s',
    async (status) => {
      const phone = somePhone();
      const id = await insertAttempt(database, { ...past, phone, status });
      const of = (filter: object) => list({ phone, ...filter });
      expect(await of({})).toMatchObject([{ id, status: 'EXPIRED' }]);
      // A filter by status uses the displayed status.
      expect(idsOf(await of({ status: 'EXPIRED' }))).toEqual([id]);
      expect(await of({ status })).toEqual([]);
    },
  );

  test('keeps its status when it was closed before', async () => {
    const phone = somePhone();
    const id = await insertAttempt(database, { ...past, phone, status: 'CLAIMED' });
    expect(await list({ phone })).toMatchObject([{ id, status: 'CLAIMED' }]);
  });
});

test('no field shows a secret', async () => {
  const started = await startWhatsAppLogin(gateway.graphqlUrl);
  const phone = somePhone();
  const opened = await requestOtp(gateway.graphqlUrl, { phone });
  const reported = JSON.stringify(await list({}));
  expect(reported).toContain(started.attemptId);
  expect(reported).toContain(opened.attemptId);
  for (const secret of [
    phone,
    phone.slice(3),
    opened.secret,
    started.secret,
    gateway.codeOf(opened.attemptId),
    'the-key-of-codes',
  ])
    expect(reported).not.toContain(secret);
});
