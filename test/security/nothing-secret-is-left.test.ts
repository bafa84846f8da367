import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signedInUser } from '../admin/sign-in-as.js';
import {
  type Result,
  call,
  claimLogin,
  deliverWebhook,
  incomingText,
  refreshSession,
  requestOtp,
  resendOtp,
  startWhatsAppLogin,
  verifyOtp,
  wrongCode,
} from '../support/calls.js';
import {
  CALLBACK_SECRET,
  PRODUCTION,
  type Scene,
  WEBHOOK_TOKEN,
  ageResend,
  eventually,
  phoneIn,
  setScene,
} from '../support/delivery.js';
import { type TestDatabase, createDatabase } from '../support/gateway.js';
import { setUserRole } from '../support/rows.js';
import { act, bearer, signOut } from '../support/sign-in.js';
import { WHOLE_PHONES } from './whole-phones.js';

const GATEWAY_SECRET = 'JhSLvnb3dizCRMP2B4XeEcgfTGmrH6QYAsjy';
/** A code of eight digits does not occur by chance in a log full of IDs and times. */
const CODE_LENGTH = 8;
const WRONG_TOKEN = 'a-wrong-token-of-a-webhook';

let database: TestDatabase;
let scene: Scene;
const atTheEnd: (() => Promise<void>)[] = [];
/** Codes, secrets and tokens. */
const secrets = new Set<string>([GATEWAY_SECRET, WEBHOOK_TOKEN, CALLBACK_SECRET, WRONG_TOKEN]);
const phones = new Set<string>();
/** The answers that report an error. */
const errors: string[] = [];
const realFetch = globalThis.fetch;

beforeAll(async () => {
  database = await createDatabase();
  const env = {
    ...PRODUCTION,
    GATEWAY_SECRET,
    OTP_LENGTH: String(CODE_LENGTH),
    DELIVERY_RECEIPT_TIMEOUT_SECONDS: '600',
  };
  scene = await setScene(database, { env }, (act) => void atTheEnd.push(act));
  for (const name of ['GREEN_API_TOKEN', 'KAVENEGAR_API_KEY', 'MELIPAYAMAK_PASSWORD'])
    secrets.add(`${scene.env[name]}`);
  globalThis.fetch = async (...request) => {
    const response = await realFetch(...request);
    const text = await response.clone().text();
    for (const [, value] of text.matchAll(/"(?:secret|refreshToken|accessToken|gatewayToken|deviceToken)":"([^"]+)"/g))
      secrets.add(`${value}`);
    if (response.status >= 400 || /"errors"|"code":"/.test(text)) errors.push(text);
    return response;
  };
  await runEverything();
  // Notifications contain shorter numbers.
  for (const { code } of scene.asked) if (code.length === CODE_LENGTH) secrets.add(code);
});
afterAll(async () => {
  globalThis.fetch = realFetch;
  for (const act of atTheEnd) await act();
  await database.drop();
});

const url = () => scene.gateway.graphqlUrl;

function newPhone(country: 'KZ' | 'IR' = 'KZ'): string {
  const phone = phoneIn(country);
  phones.add(phone);
  return phone;
}

const lastCode = (phone: string) =>
  eventually(() => {
    const code = scene.askedFor(phone).at(-1)?.code;
    if (code === undefined) throw new Error('No code was sent');
    return code;
  });

async function signInByCode(phone: string): Promise<Result> {
  const attempt = await requestOtp(url(), { phone });
  const session = await verifyOtp(url(), { ...attempt, code: await lastCode(phone) });
  expect(session.__typename).toBe('Session');
  return session;
}

/** What users, admins and strangers do in a day. */
async function runEverything(): Promise<void> {
  await failOverAndResend();
  const session = await signInByWhatsApp();
  const next = await refreshSession(url(), session.refreshToken);
  await changePhone(next);
  await readAsAdmin(session.user.phone);
  await makeMistakes();
  await signOut(scene.gateway, next.gatewayToken);
}

async function failOverAndResend(): Promise<void> {
  const phone = newPhone('IR');
  scene.kavenegar.faults.set('verify/lookup', { status: 500, body: '{}', contentType: 'application/json' });
  const attempt = await requestOtp(url(), { phone });
  const code = await lastCode(phone);
  await verifyOtp(url(), { ...attempt, code: wrongCode(code) });
  await ageResend(database, attempt.attemptId);
  expect((await resendOtp(url(), attempt)).__typename).toBe('OtpRequested');
  expect((await verifyOtp(url(), { ...attempt, code })).__typename).toBe('Session');
  await verifyOtp(url(), { ...attempt, code: wrongCode(code) });
}

async function signInByWhatsApp(): Promise<Result> {
  const phone = newPhone();
  const attempt = await startWhatsAppLogin(url());
  const login = incomingText(attempt.loginMessage, phone, {
    instanceData: { idInstance: Number(scene.greenApi.idInstance), wid: scene.greenApi.wid },
  });
  expect(await deliverWebhook(scene.gateway.url, login, { token: WEBHOOK_TOKEN })).toBe(200);
  const session = await eventually(async () => {
    const claimed = await claimLogin(url(), attempt);
    expect(claimed.__typename).toBe('Session');
    return claimed;
  });
  await claimLogin(url(), attempt);
  return session;
}

async function changePhone({ gatewayToken }: Result): Promise<void> {
  const phone = newPhone();
  const attempt = await act<Result>(scene.gateway, 'requestPhoneChange', {
    token: gatewayToken,
    input: { phone },
    type: 'RequestOtpInput',
    fields: '... on OtpRequested { attemptId secret }',
  });
  const changed = await act(scene.gateway, 'confirmPhoneChange', {
    token: gatewayToken,
    input: { attemptId: attempt.attemptId, secret: attempt.secret, code: await lastCode(phone) },
    type: 'VerifyOtpInput',
  });
  expect(changed.__typename).toBe('User');
}

async function readAsAdmin(search: string): Promise<void> {
  const session = await signInByCode(newPhone());
  await setUserRole(database, session.user.id, 'ADMIN');
  const admin = signedInUser(session, scene.gateway);
  await admin.read(
    `query ($search: String!) {
      users(search: $search) { edges { node { id phone } } }
      smsLog { edges { node { id maskedPhone status } } }
      loginAttempts { edges { node { attemptId status } } }
      auditLog { edges { node { event } } }
    }`,
    { search },
  );
  await admin.change('addUser', { phone: newPhone() });
  await admin.change('resetPhoneLimits', { phone: newPhone() });
  await admin.change('addUser', { phone: 'no phone', name: search });
}

async function makeMistakes(): Promise<void> {
  const phone = newPhone();
  const attempt = await requestOtp(url(), { phone });
  const [digits, code] = [phone.slice(1), await lastCode(phone)];
  await deliverWebhook(scene.gateway.url, incomingText('AMT LOGIN', phone), { token: WRONG_TOKEN });
  await deliverWebhook(scene.gateway.url, incomingText(`AMT LOGIN ${digits}`, phone), { token: WEBHOOK_TOKEN });
  await requestOtp(url(), { phone: `${phone}${digits}` });
  await call(url(), `mutation { requestOtp(input: { phone: "${phone}", code: ${code} }) { __typename } }`);
  await call(url(), `mutation { requestOtp(input: { phone: ${digits} ${attempt.secret}`);
  await call(url(), `query ($secret: Int!, $phone: Boolean!) { me { id @include(if: $phone) } }`, {
    secret: attempt.secret,
    phone,
  });
  await call({ url: url(), headers: bearer(`${attempt.secret}.${code}`) }, '{ me { phone } }');
  await refreshSession(url(), `${attempt.secret}${phone}`);
  await verifyOtp(url(), { attemptId: phone, secret: code, code: phone });
}

/** Digits within an ID, a hash or a number occur by chance, so only a separate number counts. */
const isIn = (text: string) => (value: string) =>
  /^\d+$/.test(value) ? new RegExp(`(?<![0-9A-Za-z_-])${value}(?![0-9A-Za-z_-])`).test(text) : text.includes(value);
/** National spellings too: the last nine digits are enough to call. */
const phonesIn = (text: string) => [...phones].filter((phone) => text.includes(phone.slice(-9)));

test('the run included every kind of sign-in, failover and error', () => {
  const events = new Set(scene.gateway.log.map(({ event }) => event));
  for (const event of [
    'otp.send_failed',
    'otp.resend_requested',
    'otp.verified',
    'otp.incorrect',
    'whatsapp.completed',
    'webhook.refused',
  ])
    expect(events).toContain(event);
  expect(secrets.size).toBeGreaterThan(20);
  expect(phones.size).toBeGreaterThan(6);
  expect(errors.length).toBeGreaterThan(8);
});

test('no line of the log, at level debug, contains a code, a token, a secret or a whole phone', () => {
  const text = scene.gateway.log.map((line) => JSON.stringify(line)).join('\n');
  expect([...secrets].filter(isIn(text))).toEqual([]);
  expect(phonesIn(text)).toEqual([]);
});

test('no error that the gateway answers contains a code, a token, a secret or a whole phone', () => {
  const text = errors.join('\n');
  expect([...secrets].filter(isIn(text))).toEqual([]);
  expect(phonesIn(text)).toEqual([]);
});

test('no row of any table contains a code, a token or a secret, and only the named columns contain a whole phone', async () => {
  await eventually(async () =>
    expect(await database.query("SELECT FROM audit_log WHERE event = 'user.phone_changed'")).toHaveLength(1),
  );
  const tables = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
  );
  const withPhones = new Set<string>();
  const found: string[] = [];
  let hasHash = false;
  const hash = (value: string) => createHash('sha256').update(value).digest('hex');
  for (const { name } of tables) {
    const rows = await database.query<{ row: Record<string, unknown> }>(`SELECT to_jsonb(t) AS row FROM "${name}" t`);
    for (const [column, value] of rows.flatMap(({ row }) => Object.entries(row))) {
      const text = JSON.stringify(value);
      if (phonesIn(text).length > 0) withPhones.add(`${name}.${column}`);
      for (const secret of secrets) {
        const spellings = [
          secret,
          Buffer.from(secret).toString('hex'),
          Buffer.from(secret, 'base64url').toString('hex'),
        ];
        if (spellings.slice(0, /^\d+$/.test(secret) ? 2 : 3).some(isIn(text))) found.push(`${name}.${column}`);
        hasHash ||= text.includes(hash(secret));
      }
    }
  }
  expect(found).toEqual([]);
  expect([...withPhones].filter((column) => !Object.hasOwn(WHOLE_PHONES, column))).toEqual([]);
  // The search works: it finds the phone of a user, and a hash that must be stored.
  expect(withPhones).toContain('users.phone');
  expect(hasHash).toBe(true);
});
