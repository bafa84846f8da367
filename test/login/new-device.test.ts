import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { fillIn } from '../../src/delivery/templates/render-template.js';
import { messagesIn } from '../../src/locales/messages.js';
import { type GreenApiSimulator, startGreenApiSimulator } from '../../simulators/green-api.js';
import {
  type Result,
  call,
  claimLogin,
  incomingText,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
  verifyOtp,
} from '../support/calls.js';
import { openFrames } from '../support/frames.js';
import { INSTANCE, createDatabase, startGateway } from '../support/gateway.js';
import { cleanUpProcesses, killAll, makeFolder, spawnGateway } from '../support/process.js';
import { insertUser, updateUser } from '../support/rows.js';
import { signInAs } from '../admin/sign-in-as.js';
import { bearer, soon, verifyStatus } from '../support/sign-in.js';
import { chatOf, deliver, someLid, useGateways } from './whatsapp/gateways.js';

const login = useGateways({
  codes: { DELIVERY_ROUTES: '*=console,green-api', NEW_DEVICE_NOTICE: 'on' },
  off: { DELIVERY_ROUTES: '*=console,green-api', NEW_DEVICE_NOTICE: 'off' },
});
const CHROME =
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36';
const gateway = () => login.gateway('codes');

async function signInByCode(
  phone: string,
  { on = gateway(), userAgent = CHROME, deviceToken = null as string | null } = {},
) {
  const attempt = await requestOtp(on.graphqlUrl, { phone }, { 'user-agent': userAgent });
  const session = await verifyOtp(on.graphqlUrl, { ...attempt, code: on.codeOf(attempt.attemptId) }, { deviceToken });
  expect(session.__typename).toBe('Session');
  return session;
}
async function signInByWhatsApp(phone: string, { on = gateway(), deviceToken = null as string | null } = {}) {
  const attempt = await startWhatsAppLogin(on.graphqlUrl, {}, { 'user-agent': CHROME });
  await deliver(incomingText(attempt.loginMessage, phone), on);
  const session = await claimLogin(on.graphqlUrl, attempt, { deviceToken });
  expect(session.__typename).toBe('Session');
  return session;
}
/** A user who has signed in before, on a device that the gateway knows. */
async function someone() {
  const phone = somePhone();
  const session = await signInByCode(phone);
  return { phone, session };
}
const say = (phone: string, text: string) => deliver(incomingText(text, phone), gateway());
const isOpen = async ({ accessToken }: Result) => (await verifyStatus(gateway(), accessToken)) === 200;
const rowsOf = (phone: string) =>
  login.database.query<{ id: string; send_at: Date | null }>(
    `SELECT id, send_at FROM notifications WHERE phone = $1 AND purpose = 'NEW_DEVICE'`,
    [phone],
  );
const isKnown = async ({ deviceToken }: Result) => {
  const hash = createHash('sha256').update(String(deviceToken)).digest();
  return (await login.database.query('SELECT FROM known_devices WHERE token_hash = $1', [hash])).length > 0;
};
const logged = (purpose: string, maskedEnd: string) =>
  login.database.query(`SELECT channel, status::text FROM sms_log WHERE purpose = $1 AND masked_phone LIKE $2`, [
    purpose,
    `%${maskedEnd}`,
  ]);

/** The messages about new devices that a phone got, after every message that is due was sent. */
async function noticesTo(phone: string): Promise<string[]> {
  await soon(async () => expect((await rowsOf(phone)).every(({ send_at }) => send_at === null)).toBe(true));
  // Any instance may have sent it, by the first channel of its own route.
  const lines = ['open', 'codes', 'off'].flatMap((name) => login.gateway(name).log);
  const printed = lines.filter((line) => line.event === 'console.message' && line['phone'] === phone);
  return [...printed.map((line) => String(line['text'])), ...login.greenApi.sentTo(chatOf(phone))].filter((text) =>
    text.includes('UTC'),
  );
}

describe('a sign-in on a device that was never seen with this user', () => {
  test.each([
    ['by code', signInByCode],
    ['by WhatsApp', signInByWhatsApp],
  ])('%s causes a message with service, browser, location and time, and how to end it', async (_, signIn) => {
    const { phone, session } = await someone();
    await updateUser(login.database, session.user.id, { locale: 'ru' });
    await signIn(phone);
    const [notice, ...others] = await noticesTo(phone);
    expect(others).toEqual([]);
    const time = /\d{4}-\d\d-\d\d \d\d:\d\d UTC/.exec(String(notice))?.[0] ?? '';
    expect(Math.abs(Date.parse(time.replace(' UTC', 'Z')) - Date.now())).toBeLessThan(120_000);
    expect(notice).toBe(
      fillIn(messagesIn('ru').newDevice, {
        service: 'Phonegate',
        device: 'Chrome, Android',
        location: '127.0.0.1',
        time,
      }),
    );
  });

  test('is a row of the SMS log, with its own purpose', async () => {
    const { phone } = await someone();
    await signInByCode(phone);
    await noticesTo(phone);
    expect(await logged('NEW_DEVICE', phone.slice(-2))).toContainEqual({
      channel: expect.stringMatching(/^(console|green-api)$/) as string,
      status: 'ACCEPTED',
    });
  });

  test.each([
    [
      'on a known device',
      async () => {
        const { phone, session } = await someone();
        await signInByCode(phone, { deviceToken: session.deviceToken });
        await signInByWhatsApp(phone, { deviceToken: session.deviceToken });
        return phone;
      },
    ],
    [
      'that is the first one of the user',
      async () => {
        const phone = somePhone();
        await signInByWhatsApp(phone);
        return phone;
      },
    ],
    [
      'that is the first one since the gateway recognizes devices',
      async () => {
        const phone = somePhone();
        await insertUser(login.database, { phone, lastLoginAt: '-10 days' });
        await signInByCode(phone);
        return phone;
      },
    ],
    [
      'with NEW_DEVICE_NOTICE=off',
      async () => {
        const { phone } = await someone();
        await signInByCode(phone, { on: login.gateway('off') });
        await signInByWhatsApp(phone, { on: login.gateway('off') });
        return phone;
      },
    ],
  ])('%s causes no message', async (_, act) => {
    expect(await rowsOf(await act())).toEqual([]);
  });

  test('causes a message for a user whose devices have all been forgotten, because they were away so long', async () => {
    const phone = somePhone();
    await insertUser(login.database, { phone, lastLoginAt: '-181 days' });
    await signInByCode(phone);
    expect(await noticesTo(phone)).toHaveLength(1);
  });

  test('causes no message if it is the first one of an imported user, but the next device does', async () => {
    const ways = [signInByCode, signInByWhatsApp];
    for (const signIn of ways) {
      const phone = somePhone();
      await insertUser(login.database, { phone, createdAt: new Date(Date.now() - 400 * 86_400_000) });
      await signIn(phone);
      expect(await rowsOf(phone)).toEqual([]);
      await signIn(phone);
      expect(await rowsOf(phone)).toHaveLength(1);
    }
  });

  test('that the user has confirmed with the number on its screen causes no message', async () => {
    const { phone, session } = await someone();
    await updateUser(login.database, session.user.id, { role: 'ADMIN' });
    await updateUser(login.database, session.user.id, { roleChangedAt: '-2 hours' });
    const attempt = await requestOtp(gateway().graphqlUrl, { phone });
    const { confirmationNumber } = await verifyOtp(gateway().graphqlUrl, {
      ...attempt,
      code: gateway().codeOf(attempt.attemptId),
    });
    await say(phone, String(confirmationNumber));
    expect((await claimLogin(gateway().graphqlUrl, attempt)).__typename).toBe('Session');
    expect(await rowsOf(phone)).toEqual([]);
  });

  test('causes a message once a day for a device that signs in by code without its token, also in two sign-ins at once', async () => {
    const { phone } = await someone();
    await Promise.all([signInByCode(phone), signInByCode(phone)]);
    expect(await noticesTo(phone)).toHaveLength(1);
    await signInByCode(phone, { userAgent: `${CHROME} Edg/130` });
    expect(await noticesTo(phone)).toHaveLength(2);
  });
});

test('a sign-in causes a message also after all devices of the user were forgotten', async () => {
  const { phone, session } = await someone();
  const admin = await signInAs('ADMIN', { gateway: gateway(), database: login.database });
  await admin.change('revokeUserSessions', { userId: session.user.id });
  await signInByCode(phone);
  expect(await noticesTo(phone)).toHaveLength(1);
});

describe('NO in reply to it', () => {
  test.each(['NO', 'нет', 'Жоқ.', 'жок', 'نه'])(
    '(%s) ends that session everywhere, closes its sockets and alarms',
    async (no) => {
      const { phone, session: mine } = await someone();
      const foreign = await signInByWhatsApp(phone);
      await noticesTo(phone);
      const socket = await openFrames(gateway().socketUrl, { init: false });
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${foreign.accessToken}` } });
      await socket.until(({ type }) => type === 'connection_ack');
      expect((await say(phone, no)).status).toBe(200);
      expect((await socket.closed).code).toBe(4403);
      await soon(async () => expect(await isOpen(foreign)).toBe(false));
      expect(await isOpen(mine)).toBe(true);
      const audit = await login.database.query(
        `SELECT event, session_id FROM audit_log WHERE user_id = $1 AND event LIKE 'session.%' ORDER BY event`,
        [mine.user.id],
      );
      expect(audit).toContainEqual({ event: 'session.revoked', session_id: foreign.id });
      await soon(() => {
        const line = gateway().log.find(({ event, userId }) => event === 'session.denied' && userId === mine.user.id);
        expect(line).toMatchObject({ level: expect.anything() as unknown, sessions: [foreign.id] });
      });
      await soon(() => expect(login.greenApi.sentTo(chatOf(phone))).toContain(messagesIn('kk').signInEnded));
      // The device is not known any more, so that its next sign-in causes a message again.
      expect(await isKnown(foreign)).toBe(false);
    },
  );

  test('ends every sign-in of that browser and address since then, although only the first one caused a message', async () => {
    const { phone, session: mine } = await someone();
    const userAgent = `${CHROME} Edg/130`;
    const foreign = [await signInByCode(phone, { userAgent })];
    foreign.push(await signInByCode(phone, { userAgent }), await signInByCode(phone, { userAgent }));
    expect(await noticesTo(phone)).toHaveLength(1);
    await say(phone, 'NO');
    for (const session of foreign) {
      await soon(async () => expect(await isOpen(session)).toBe(false));
      expect(await isKnown(session)).toBe(false);
    }
    expect([await isOpen(mine), await isKnown(mine)]).toEqual([true, true]);
    const again = await signInByCode(phone, { userAgent });
    expect(await noticesTo(phone)).toHaveLength(2);
    await say(phone, 'NO');
    await soon(async () => expect(await isOpen(again)).toBe(false));
  });

  test('ends it also when the phone of the account was changed meanwhile, as an attacker would', async () => {
    const { phone } = await someone();
    const foreign = await signInByWhatsApp(phone);
    await updateUser(login.database, foreign.user.id, { phone: somePhone() });
    await say(phone, 'NO');
    await soon(async () => expect(await isOpen(foreign)).toBe(false));
  });

  describe('from a hidden WhatsApp ID that no login message has named', () => {
    /** A hidden ID that only Green API can lead to the phone. */
    function hide(phone: string): string {
      const lid = someLid();
      login.greenApi.phonesByLid.set(lid, phone.slice(1));
      return lid;
    }

    test('ends it too, and the next answer needs no lookup', async () => {
      const { phone } = await someone();
      const foreign = await signInByCode(phone);
      const lid = hide(phone);
      await say(lid, 'NO');
      await soon(async () => expect(await isOpen(foreign)).toBe(false));
      await soon(() => expect(login.greenApi.sentTo(lid)).toContain(messagesIn('en').signInEnded));
      const next = await signInByCode(phone, { userAgent: `${CHROME} Edg/130` });
      await deliver(incomingText('NO', lid), login.gateway('off'));
      await soon(async () => expect(await isOpen(next)).toBe(false));
      expect(login.greenApi.lookUpsOf(lid)).toBe(1);
    });

    test('ends it also after an attacker changed the phone of the account', async () => {
      const { phone } = await someone();
      const foreign = await signInByCode(phone);
      await updateUser(login.database, foreign.user.id, { phone: somePhone() });
      await say(hide(phone), 'NO');
      await soon(async () => expect(await isOpen(foreign)).toBe(false));
    });

    test('is asked for again while Green API does not answer', async () => {
      const { phone } = await someone();
      const foreign = await signInByCode(phone);
      const lid = hide(phone);
      const body = incomingText('NO', lid);
      login.greenApi.fault = { status: 502, body: '' };
      const { lines } = await deliver(body, gateway());
      expect(lines.map(({ reason }) => reason)).toContain('lookup_failed');
      login.greenApi.fault = undefined;
      await deliver(body, gateway());
      await soon(async () => expect(await isOpen(foreign)).toBe(false));
    });

    test('causes at most three lookups an hour for each chat', async () => {
      const { phone } = await someone();
      await signInByCode(phone);
      const lid = someLid();
      login.greenApi.fault = { status: 502, body: '' };
      const reasons: unknown[] = [];
      for (let time = 0; time < 5; time += 1)
        reasons.push(...(await say(lid, 'NO')).lines.map(({ reason }) => reason).filter(Boolean));
      expect(reasons).toEqual(['lookup_failed', 'lookup_failed', 'lookup_failed', 'lookup_limit', 'lookup_limit']);
    });
  });

  test('ends it once, whichever instance gets the message, and however often', async () => {
    const { phone, session } = await someone();
    const foreign = await signInByWhatsApp(phone);
    const body = incomingText('no', phone);
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => deliver(body, login.gateway(index % 2 ? 'codes' : 'off'))),
    );
    await soon(async () => expect(await isOpen(foreign)).toBe(false));
    const audit = await login.database.query(
      `SELECT event FROM audit_log WHERE user_id = $1 AND event = 'session.revoked'`,
      [session.user.id],
    );
    expect(audit).toHaveLength(1);
    expect((await say(phone, 'no')).lines.map(({ reason }) => reason)).toContain('nothing_to_confirm');
  });

  test('ends the session of the application to which the sign-in has led', async () => {
    const { phone } = await someone();
    const page = await signInByWhatsApp(phone);
    const target = { redirectUri: 'http://localhost:5173/back', clientId: 'shop' };
    const codeVerifier = 'v'.repeat(43);
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    const created = await call<{ createAuthorizationCode: { redirectTo: string } }>(
      { url: gateway().graphqlUrl, headers: bearer(page.accessToken) },
      `mutation ($input: CreateAuthorizationCodeInput!) { createAuthorizationCode(input: $input) { ... on AuthorizationCode { redirectTo } } }`,
      { input: { ...target, codeChallenge, refreshToken: page.refreshToken } },
    );
    const code = new URL(created.data.createAuthorizationCode.redirectTo).searchParams.get('code');
    const exchanged = await call<{ exchangeAuthorizationCode: Result }>(
      gateway().graphqlUrl,
      `mutation ($input: ExchangeAuthorizationCodeInput!) { exchangeAuthorizationCode(input: $input) { __typename ... on Session { id accessToken } } }`,
      { input: { ...target, code, codeVerifier } },
    );
    const application = exchanged.data.exchangeAuthorizationCode;
    expect(await isOpen(application)).toBe(true);
    await say(phone, 'NO');
    await soon(async () => expect(await isOpen(application)).toBe(false));
  });

  test.each<[string, (phone: string, foreign: Result) => Promise<unknown>]>([
    [
      'after 24 hours',
      (phone) =>
        login.database
          .query(`UPDATE notifications SET created_at = now() - interval '24 hours 1 second' WHERE phone = $1`, [phone])
          .then(() => say(phone, 'NO')),
    ],
    ['from another phone', () => say(somePhone(), 'NO')],
    [
      'in a group',
      (phone) =>
        deliver(
          incomingText('NO', phone, { senderData: { chatId: '120363043968066561@g.us', sender: chatOf(phone) } }),
          gateway(),
        ),
    ],
    ['within a longer text', (phone) => say(phone, 'no idea')],
  ])('%s ends nothing', async (_, act) => {
    const { phone } = await someone();
    const foreign = await signInByWhatsApp(phone);
    await act(phone, foreign);
    const rows = await login.database.query<{ open: boolean }>(
      'SELECT revoked_at IS NULL AS open FROM sessions WHERE id = $1',
      [foreign.id],
    );
    expect(rows).toEqual([{ open: true }]);
  });

  // An attacker who changed the phone would otherwise sign up a user with the old one, and the answer would find nothing.
  test('ends it also when the phone belongs to another user by now', async () => {
    const { phone } = await someone();
    const foreign = await signInByWhatsApp(phone);
    await updateUser(login.database, foreign.user.id, { phone: somePhone() });
    await insertUser(login.database, { phone });
    await say(phone, 'NO');
    await soon(async () => expect(await isOpen(foreign)).toBe(false));
  });

  test('answers a request to confirm that waits, too', async () => {
    const { phone, session } = await someone();
    await updateUser(login.database, session.user.id, { role: 'ADMIN' });
    const foreign = await signInByCode(phone);
    const attempt = await startWhatsAppLogin(gateway().graphqlUrl);
    await deliver(incomingText(attempt.loginMessage, phone), gateway());
    await say(phone, 'NO');
    expect(await claimLogin(gateway().graphqlUrl, attempt)).toMatchObject({ status: 'CANCELED' });
    await soon(async () => expect(await isOpen(foreign)).toBe(false));
  });
});

describe('a process that is killed after a sign-in and before it sends the message', () => {
  afterAll(() => cleanUpProcesses());

  test('leaves it to the next one, which sends it once', async ({ onTestFinished }) => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const greenApi: GreenApiSimulator = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
    onTestFinished(() => greenApi.close());
    const env = {
      DATABASE_URL: database.url,
      GREEN_API_URL: greenApi.url,
      GREEN_API_TOKEN: greenApi.token,
      GREEN_API_ID_INSTANCE: String(INSTANCE),
      GATEWAY_SECRET: 'ip5fhGaKPJRqdQesyXUznTEBvuHkr8c2mLFV',
    };
    const victim = spawnGateway(makeFolder(), { env });
    onTestFinished(async () => {
      killAll([victim.pid]);
      await victim.exited;
    });
    const { graphqlUrl } = await victim.ready();
    const phone = somePhone();
    const signIn = async () => {
      const attempt = await requestOtp(graphqlUrl, { phone });
      const code = /\d{6}/.exec(String(greenApi.sentTo(chatOf(phone)).at(-1)))?.[0] ?? '';
      expect((await verifyOtp(graphqlUrl, { ...attempt, code })).__typename).toBe('Session');
    };
    await signIn();
    // No message can be taken, so the process dies between the commit and the send.
    await database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'later'; END $$`,
    );
    await database.query('CREATE TRIGGER refuse BEFORE UPDATE ON notifications FOR EACH ROW EXECUTE FUNCTION refuse()');
    await signIn();
    victim.signal('SIGKILL');
    await victim.exited;
    const notices = () => greenApi.sentTo(chatOf(phone)).filter((text) => text.includes('UTC'));
    expect(notices()).toEqual([]);
    await database.query('DROP TRIGGER refuse ON notifications');
    const others = await Promise.all([startGateway(env), startGateway(env)]);
    onTestFinished(async () => void (await Promise.all(others.map((other) => other.stop()))));
    await soon(() => expect(notices()).toHaveLength(1));
    await soon(async () =>
      expect(await database.query('SELECT FROM notifications WHERE send_at IS NOT NULL')).toEqual([]),
    );
    await vi.waitFor(() => expect(notices()).toHaveLength(1), { timeout: 1_500 });
    expect(await database.query(`SELECT status::text FROM sms_log WHERE purpose = 'NEW_DEVICE'`)).toHaveLength(1);
  }, 60_000);
});

test('each row of the table is deleted after 48 hours', async () => {
  const userId = await insertUser(login.database, { phone: somePhone() });
  await login.database.query(
    `INSERT INTO notifications (id, purpose, user_id, phone, "values", created_at) VALUES ($1, 'NEW_DEVICE', $2, '+77010000002', '{}', now() - interval '49 hours')`,
    [uuidv7(), userId],
  );
  const on = await startGateway({ DATABASE_URL: login.database.url });
  await soon(async () =>
    expect(await login.database.query('SELECT FROM notifications WHERE user_id = $1', [userId])).toEqual([]),
  );
  await on.stop();
});
