import { readFileSync, readdirSync } from 'node:fs';
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { messagesIn } from '../../src/locales/messages.js';
import { type GreenApiSimulator, type Fault, startGreenApiSimulator } from '../../simulators/green-api.js';
import { type Cable, layCable } from '../support/cable.js';
import {
  type Result,
  cancelLogin,
  claimLogin,
  deliverWebhook,
  incomingText,
  readAttempt,
  requestOtp,
  somePhone,
  startWhatsAppLogin,
} from '../support/calls.js';
import { INSTANCE, type TestDatabase, type TestGateway, createDatabase, startGateway } from '../support/gateway.js';
import { expireAttempt, insertUser, updateAttempt } from '../support/rows.js';

const WEBHOOK_TOKEN = 'Yq7PnN2vT0s3';
const FIXTURES = new URL('../../simulators/fixtures/greenapi/', import.meta.url);
const PATH = '/api/webhooks/greenapi/incoming';

let database: TestDatabase;
let greenApi: GreenApiSimulator;
/** As most people run it: sign-up open, confirmation for roles above USER. */
let gateway: TestGateway;
let guarded: TestGateway;
let closed: TestGateway;
let confirming: TestGateway;

beforeAll(async () => {
  database = await createDatabase();
  greenApi = await startGreenApiSimulator({ idInstance: String(INSTANCE), limits: false });
  const env = {
    DATABASE_URL: database.url,
    WHATSAPP_NUMBER: '77010000001',
    GREEN_API_URL: greenApi.url,
    GREEN_API_TOKEN: greenApi.token,
  };
  [gateway, guarded, closed, confirming] = await Promise.all([
    startGateway(env),
    startGateway({ ...env, GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN }),
    startGateway({ ...env, SIGN_UP: 'closed' }),
    startGateway({ ...env, WHATSAPP_CONFIRMATION: 'always' }),
  ]);
});
afterEach(() => {
  greenApi.fault = undefined;
});
afterAll(async () => {
  await Promise.all([gateway, guarded, closed, confirming].map((one) => one.stop()));
  await greenApi.close();
  await database.drop();
});

/** Every secret that was handed out: the log must hold none of them. */
const secrets: string[] = [];
async function start(on = gateway): Promise<Result> {
  const attempt = await startWhatsAppLogin(on.graphqlUrl);
  secrets.push(attempt.secret);
  return attempt;
}

const statusOf = async (attempt: Result, on = gateway) => (await readAttempt(on.graphqlUrl, attempt))?.status;
const chatOf = (phone: string) => `${phone.slice(1)}@c.us`;
const someLid = () => `${randomInt(100_000_000, 999_999_999)}384256@lid`;
const now = () => Math.floor(Date.now() / 1000);

/** Delivers a webhook and gives the lines it left in the log. */
async function deliver(body: unknown, on = gateway) {
  const before = on.log.length;
  const status = await deliverWebhook(on.url, body);
  return { status, lines: on.log.slice(before) };
}

/** The webhook is answered 200, one line says why it was ignored, and the attempt waits on. */
async function expectIgnored(attempt: Result, body: unknown, reason: string) {
  const { status, lines } = await deliver(body);
  expect(status).toBe(200);
  expect(lines.filter(({ event }) => event === 'webhook.ignored').map((line) => line.reason)).toEqual([reason]);
  expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ status: 'PENDING', failureReason: null });
}

async function expectSignedIn(attempt: Result, phone: string, on = gateway) {
  expect(await claimLogin(on.graphqlUrl, attempt)).toMatchObject({ __typename: 'Session', user: { phone } });
}

const addUser = (phone: string, change: { role?: string; blocked?: boolean; whatsappLid?: string } = {}) =>
  insertUser(database, { phone, ...change });

const usersWith = (phone: string) => database.query('SELECT id FROM users WHERE phone = $1', [phone]);

describe('every webhook is answered 200', () => {
  const fixtures = readdirSync(FIXTURES).filter((name) => /^webhook\..*\.json$/.test(name));

  test('there are fixtures', () => expect(fixtures.length).toBeGreaterThan(50));

  test.each(fixtures)('%s, with and without trailing slash', async (name) => {
    const body = readFileSync(new URL(name, FIXTURES), 'utf8');
    expect(await deliverWebhook(gateway.url, body)).toBe(200);
    expect(await deliverWebhook(gateway.url, body, { path: `${PATH}/` })).toBe(200);
  });

  test('the fixtures signed nobody in', async () => {
    expect(await database.query('SELECT id FROM users')).toEqual([]);
  });

  const login = JSON.stringify(incomingText('AMT LOGIN', somePhone()));
  test.each([
    ['a test event', '{"typeWebhook":"test"}'],
    ['no body', ''],
    ['no JSON', 'typeWebhook=test'],
    ['half a body', login.slice(0, 200)],
    ['null', 'null'],
    ['a number', '1e400'],
    ['an array', `[${login}]`],
    ['an empty object', '{}'],
    ['another type of type', '{"typeWebhook":7}'],
    ['a hostile key', '{"__proto__":{"typeWebhook":"incomingMessageReceived"}}'],
    ['deep nesting', '['.repeat(100_000)],
    ['bytes that are no text', '\uD800\u0000\uFFFF'],
    ['5 MB of junk', 'x'.repeat(5_000_000)],
    ['more than is read at all', 'x'.repeat(17 * 1024 * 1024)],
    ['a message without sender', incomingText('AMT LOGIN', somePhone(), { senderData: undefined })],
    ['a message without content', incomingText('AMT LOGIN', somePhone(), { messageData: {} })],
    ['a time that is none', incomingText(`AMT LOGIN ${randomUUID()}`, somePhone(), { timestamp: 1e20 })],
    [
      'a message id that no row can hold',
      incomingText(`AMT LOGIN ${randomUUID()}`, somePhone(), { idMessage: 'A\0B' }),
    ],
    [
      'a message id longer than an index takes',
      incomingText(`AMT LOGIN ${randomUUID()}`, somePhone(), {
        idMessage: Array.from({ length: 300 }, () => randomUUID()).join(''),
      }),
    ],
  ])('%s', async (_, body) => {
    const { status, lines } = await deliver(body);
    expect(status).toBe(200);
    expect(lines).toMatchObject([{ event: 'webhook.ignored', reason: expect.any(String) as string }]);
  });

  test('a login message with a thumbnail of 5 MB signs in', async () => {
    const attempt = await start();
    const phone = somePhone();
    const messageData = {
      typeMessage: 'extendedTextMessage',
      extendedTextMessageData: { text: attempt.loginMessage, jpegThumbnail: 'A'.repeat(5_000_000) },
    };
    expect(await deliverWebhook(gateway.url, incomingText('', phone, { messageData }))).toBe(200);
    await expectSignedIn(attempt, phone);
  });
});

describe('the token', () => {
  test.each(['x', 'Bearer x', 'Bearer Bearer x', 'Basic x', 'bearer x', 'Bearer  Basic x'])(
    'Authorization "%s" is ours',
    async (spelling) => {
      const attempt = await start(guarded);
      const phone = somePhone();
      const token = spelling.replace(/x$/, WEBHOOK_TOKEN);
      expect(await deliverWebhook(guarded.url, incomingText(attempt.loginMessage, phone), { token })).toBe(200);
      await expectSignedIn(attempt, phone, guarded);
    },
  );

  test.each([
    undefined,
    'wrong',
    `Bearer ${WEBHOOK_TOKEN}x`,
    'Bearer',
    'Bearer ',
    WEBHOOK_TOKEN.toLowerCase(),
    `Token ${WEBHOOK_TOKEN}`,
  ])('Authorization "%s" is refused', async (token) => {
    const attempt = await start(guarded);
    const before = guarded.log.length;
    const body = incomingText(attempt.loginMessage, somePhone());
    expect(await deliverWebhook(guarded.url, body, token === undefined ? {} : { token })).toBe(401);
    expect(await statusOf(attempt, guarded)).toBe('PENDING');
    const lines = guarded.log.slice(before);
    expect(lines).toMatchObject([{ event: 'webhook.refused', reason: 'wrong_token' }]);
    expect(JSON.stringify(lines)).not.toContain(WEBHOOK_TOKEN);
  });

  test('a refused body of 5 MB is not read for meaning, and the answer still arrives', async () => {
    expect(await deliverWebhook(guarded.url, 'x'.repeat(5_000_000), { token: 'wrong' })).toBe(401);
  });
});

describe('what is a login message', () => {
  test.each<[string, (text: string) => string]>([
    ['as it stands in the QR', (text) => text],
    ['in lower case', (text) => text.toLowerCase()],
    ['in upper case', (text) => text.toUpperCase()],
    ['with invisible characters', (text) => `\u200E\uFEFF${text.replace('LOGIN', 'LO\u200BGIN\u00AD')}\u2069`],
    ['with no-break and double spaces', (text) => `  ${text.replaceAll(' ', ' \u00A0')}\n`],
    ['in full-width letters', (text) => text.replace('AMT', 'ＡＭＴ')],
  ])('%s', async (_, write) => {
    const attempt = await start();
    const phone = somePhone();
    expect(await deliverWebhook(gateway.url, incomingText(write(attempt.loginMessage), phone))).toBe(200);
    expect(await statusOf(attempt)).toBe('COMPLETED');
    await expectSignedIn(attempt, phone);
  });

  test.each<[string, (text: string) => object]>([
    [
      'an extended text',
      (text) => ({
        typeMessage: 'extendedTextMessage',
        extendedTextMessageData: { text, forwardingScore: 0, isForwarded: false },
      }),
    ],
    [
      "a reply, in the person's own words",
      (text) => ({
        typeMessage: 'quotedMessage',
        extendedTextMessageData: { text, stanzaId: 'A', participant: '77010000001@c.us' },
        quotedMessage: {
          stanzaId: 'A',
          participant: '77010000001@c.us',
          typeMessage: 'textMessage',
          textMessage: 'Hello',
        },
      }),
    ],
  ])('%s signs in', async (_, messageData) => {
    const attempt = await start();
    const phone = somePhone();
    await deliver(incomingText('', phone, { messageData: messageData(attempt.loginMessage) }));
    await expectSignedIn(attempt, phone);
  });

  test.each<[string, string, (text: string) => object]>([
    [
      'a text forwarded by flag',
      'forwarded',
      (text) => ({
        typeMessage: 'extendedTextMessage',
        extendedTextMessageData: { text, forwardingScore: 0, isForwarded: true },
      }),
    ],
    [
      'a text forwarded by score',
      'forwarded',
      (text) => ({
        typeMessage: 'extendedTextMessage',
        extendedTextMessageData: { text, forwardingScore: 1, isForwarded: false },
      }),
    ],
    [
      'a plain text forwarded by flag',
      'forwarded',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text, isForwarded: true } }),
    ],
    [
      'a plain text forwarded by score',
      'forwarded',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text, forwardingScore: 4 } }),
    ],
    [
      'a caption',
      'not_a_text',
      (text) => ({ typeMessage: 'imageMessage', fileMessageData: { downloadUrl: '', caption: text } }),
    ],
    [
      'an edit',
      'not_a_text',
      (text) => ({ typeMessage: 'editedMessage', editedMessageData: { textMessage: text, stanzaId: 'A' } }),
    ],
    [
      'a reaction',
      'not_a_text',
      (text) => ({
        typeMessage: 'reactionMessage',
        extendedTextMessageData: { text },
        quotedMessage: { stanzaId: 'A', participant: '77010000001@c.us' },
      }),
    ],
    [
      'a button',
      'not_a_text',
      (text) => ({
        typeMessage: 'buttonsResponseMessage',
        buttonsResponseMessage: { stanzaId: 'A', selectedButtonId: '1', selectedButtonText: text },
      }),
    ],
    [
      'what a reply quotes',
      'no_login_message',
      (text) => ({
        typeMessage: 'quotedMessage',
        extendedTextMessageData: { text: 'Is this for me?', stanzaId: 'A', participant: '77010000001@c.us' },
        quotedMessage: {
          stanzaId: 'A',
          participant: '77010000001@c.us',
          typeMessage: 'textMessage',
          textMessage: text,
        },
      }),
    ],
    [
      'a text with words before',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: `Send this: ${text}` } }),
    ],
    [
      'a text with words after',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: `${text} please` } }),
    ],
    [
      'an id with a digit less',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text.slice(0, -1) } }),
    ],
    [
      'the id alone',
      'no_login_message',
      (text) => ({ typeMessage: 'textMessage', textMessageData: { textMessage: text.replace('AMT LOGIN ', '') } }),
    ],
  ])('%s does not sign in', async (_, reason, messageData) => {
    const attempt = await start();
    await expectIgnored(
      attempt,
      incomingText('', somePhone(), { messageData: messageData(attempt.loginMessage) }),
      reason,
    );
  });

  const group = '120363043968066561@g.us';
  const person = '77010000002@c.us';
  const between = (sender: string, chatId: string) => ({
    senderData: { chatId, sender, chatName: '', senderName: '' },
  });
  test.each<[string, string, object]>([
    ["the operator's own text from the phone", 'not_an_incoming_message', { typeWebhook: 'outgoingMessageReceived' }],
    ['the echo of our own text', 'not_an_incoming_message', { typeWebhook: 'outgoingAPIMessageReceived' }],
    ['another instance', 'other_instance', { instanceData: { idInstance: INSTANCE + 1, wid: '77010000001@c.us' } }],
    ['no instance', 'other_instance', { instanceData: undefined }],
    ['another number', 'other_number', { instanceData: { idInstance: INSTANCE, wid: '77010000099@c.us' } }],
    ['a group', 'not_one_to_one', between(person, group)],
    ['a group as sender', 'not_one_to_one', between(group, group)],
    ['a hidden id in a group', 'not_one_to_one', between('155508384256027@lid', group)],
    ['a channel', 'not_one_to_one', between('120363043968066561@newsletter', '120363043968066561@newsletter')],
    ['a status', 'not_one_to_one', between(person, 'status@broadcast')],
    ['two people', 'not_one_to_one', between(person, '77010000003@c.us')],
    ['no sender', 'not_one_to_one', between('', '')],
    ['a sender without suffix', 'not_one_to_one', between('77010000002', '77010000002')],
    ['more digits than a phone has', 'not_one_to_one', between('1555083842560271@c.us', '1555083842560271@c.us')],
  ])('%s does not sign in', async (_, reason, change) => {
    const attempt = await start();
    await expectIgnored(attempt, incomingText(attempt.loginMessage, person, change), reason);
  });

  test('an instance that is not signed in to WhatsApp has no number: that is not another one', async () => {
    const attempt = await start();
    const phone = somePhone();
    await deliver(incomingText(attempt.loginMessage, phone, { instanceData: { idInstance: INSTANCE, wid: '' } }));
    await expectSignedIn(attempt, phone);
  });

  test('the id of no attempt', async () => {
    const { status, lines } = await deliver(incomingText(`AMT LOGIN ${randomUUID()}`, somePhone()));
    expect(status).toBe(200);
    expect(lines).toMatchObject([{ event: 'webhook.ignored', reason: 'no_such_attempt' }]);
  });

  test('the id of an attempt by code', async () => {
    const phone = somePhone();
    const attempt = await requestOtp(gateway.graphqlUrl, { phone });
    await expectIgnored(attempt, incomingText(`AMT LOGIN ${attempt.attemptId}`, phone), 'no_such_attempt');
  });
});

describe('once', () => {
  test('the same body twice is acted upon once', async () => {
    const attempt = await start();
    const phone = somePhone();
    const body = incomingText(attempt.loginMessage, phone);
    await deliver(body);
    const second = await deliver(body);
    expect(second.status).toBe(200);
    expect(second.lines).toMatchObject([{ event: 'webhook.ignored', reason: 'duplicate' }]);
    await expectSignedIn(attempt, phone);
    expect((await deliver(body)).lines).toMatchObject([{ reason: 'duplicate' }]);
    await expectSignedIn(attempt, phone);
    expect(await usersWith(phone)).toHaveLength(1);
  });

  test('the id of a message that was acted upon signs in nothing else', async () => {
    const [first, second] = [await start(), await start()];
    const phone = somePhone();
    const body = incomingText(first.loginMessage, phone);
    await deliver(body);
    await expectIgnored(
      second,
      { ...incomingText(second.loginMessage, phone), idMessage: body.idMessage },
      'duplicate',
    );
  });

  test('a second message for a completed attempt changes nothing', async () => {
    const attempt = await start();
    const [first, second] = [somePhone(), somePhone()];
    await deliver(incomingText(attempt.loginMessage, first));
    const { status, lines } = await deliver(incomingText(attempt.loginMessage, second));
    expect([status, lines[0]?.reason]).toEqual([200, 'attempt_closed']);
    await expectSignedIn(attempt, first);
    expect(await usersWith(second)).toEqual([]);
  });

  test('a message written long before the attempt is an old one', async () => {
    const attempt = await start();
    const old = incomingText(attempt.loginMessage, somePhone(), { timestamp: now() - 23 * 3600 });
    await expectIgnored(attempt, old, 'message_out_of_time');
    await expectIgnored(attempt, { ...old, timestamp: now() - 15, idMessage: 'A1' }, 'message_out_of_time');
  });

  test('a message from more than 60 s ahead is no message', async () => {
    const attempt = await start();
    const ahead = incomingText(attempt.loginMessage, somePhone(), { timestamp: now() + 65 });
    await expectIgnored(attempt, ahead, 'message_out_of_time');
  });

  test('clocks may differ a little', async () => {
    for (const skew of [-5, 50]) {
      const attempt = await start();
      const phone = somePhone();
      await deliver(incomingText(attempt.loginMessage, phone, { timestamp: now() + skew }));
      await expectSignedIn(attempt, phone);
    }
  });

  test('a message delivered late, within the life of its attempt, signs in', async () => {
    const attempt = await start();
    const phone = somePhone();
    await updateAttempt(database, attempt.attemptId, { createdAt: '-100 seconds' });
    await deliver(incomingText(attempt.loginMessage, phone, { timestamp: now() - 90 }));
    await expectSignedIn(attempt, phone);
  });

  test('an expired attempt stays expired', async () => {
    const attempt = await start();
    await expireAttempt(database, attempt.attemptId);
    const phone = somePhone();
    const { status, lines } = await deliver(incomingText(attempt.loginMessage, phone));
    expect([status, lines[0]?.reason]).toEqual([200, 'attempt_closed']);
    expect(await statusOf(attempt)).toBe('EXPIRED');
    expect(await usersWith(phone)).toEqual([]);
  });

  test('a canceled attempt stays canceled', async () => {
    const attempt = await start();
    await cancelLogin(gateway.graphqlUrl, attempt);
    const { status, lines } = await deliver(incomingText(attempt.loginMessage, somePhone()));
    expect([status, lines[0]?.reason]).toEqual([200, 'attempt_closed']);
    expect(await statusOf(attempt)).toBe('CANCELED');
  });
});

describe('a hidden sender', () => {
  test('is looked up once; the next login asks nobody', async () => {
    const [lid, phone] = [someLid(), somePhone()];
    greenApi.phonesByLid.set(lid, phone.slice(1));
    for (let login = 0; login < 2; login += 1) {
      const attempt = await start();
      expect((await deliver(incomingText(attempt.loginMessage, lid))).status).toBe(200);
      await expectSignedIn(attempt, phone);
    }
    expect(greenApi.lookUpsOf(lid)).toBe(1);
    expect(await database.query('SELECT phone FROM users WHERE whatsapp_lid = $1', [lid])).toEqual([{ phone }]);
  });

  test('who gets a new hidden id is remembered by that one', async () => {
    const [lid, newLid, phone] = [someLid(), someLid(), somePhone()];
    for (const id of [lid, newLid]) {
      greenApi.phonesByLid.set(id, phone.slice(1));
      const attempt = await start();
      await deliver(incomingText(attempt.loginMessage, id));
      await expectSignedIn(attempt, phone);
    }
    expect(await database.query('SELECT whatsapp_lid FROM users WHERE phone = $1', [phone])).toEqual([
      { whatsapp_lid: newLid },
    ]);
  });

  test('who hides the phone from us too is told, on the screen and in WhatsApp, to use a code', async () => {
    const lid = someLid();
    greenApi.phonesByLid.set(lid, '');
    const attempt = await start();
    const body = incomingText(attempt.loginMessage, lid);
    const { status, lines } = await deliver(body);
    expect(status).toBe(200);
    expect(lines.filter(({ event }) => event === 'webhook.ignored')).toMatchObject([{ reason: 'phone_hidden' }]);
    expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'PHONE_HIDDEN',
    });
    expect(await usersWith(`+${lid.replace('@lid', '')}`)).toEqual([]);
    await vi.waitFor(() => expect(greenApi.sentTo(lid)).toEqual([messagesIn('en').phoneHidden]));
    expect((await deliver(body)).lines.at(-1)).toMatchObject({ reason: 'duplicate' });
    expect(greenApi.sentTo(lid)).toHaveLength(1);
  });

  test('on one side of the message only is taken when the provider says that both are one person', async () => {
    for (const hiddenFirst of [true, false]) {
      const [lid, phone] = [someLid(), somePhone()];
      greenApi.phonesByLid.set(lid, phone.slice(1));
      const [sender, chatId] = hiddenFirst ? [lid, chatOf(phone)] : [chatOf(phone), lid];
      const attempt = await start();
      await deliver(incomingText(attempt.loginMessage, phone, { senderData: { sender, chatId } }));
      await expectSignedIn(attempt, phone);
    }
  });

  test.each([
    ['another person', somePhone().slice(1)],
    ['a person who hides the phone', ''],
  ])('on one side is refused when the provider says that it is %s', async (_, digits) => {
    const [lid, phone] = [someLid(), somePhone()];
    greenApi.phonesByLid.set(lid, digits);
    const attempt = await start();
    const { status } = await deliver(
      incomingText(attempt.loginMessage, phone, { senderData: { sender: lid, chatId: chatOf(phone) } }),
    );
    expect(status).toBe(200);
    expect((await claimLogin(gateway.graphqlUrl, attempt)).__typename).not.toBe('Session');
    expect([...(await usersWith(phone)), ...(await usersWith(`+${digits}`))]).toEqual([]);
  });

  test.each<[string, Fault]>([
    ['refuses', { status: 466, body: '{"invokeStatus":{"method":"checkwhatsapp","status":"QUOTE_EXCEEDED"}}' }],
    ['does not know us', { status: 401, body: '' }],
    ['is broken', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['answers junk', { status: 200, body: '<html>' }],
    ['answers with another form', { status: 200, body: '[]' }],
    ['answers nothing for 5 s', 'hang'],
  ])('is not signed in while the provider %s; the webhook is answered', async (_, fault) => {
    const lid = someLid();
    greenApi.phonesByLid.set(lid, somePhone().slice(1));
    greenApi.fault = fault;
    const attempt = await start();
    const { status, lines } = await deliver(incomingText(attempt.loginMessage, lid));
    expect(status).toBe(200);
    expect(lines.map(({ event }) => event)).toContain('whatsapp.lid_lookup_failed');
    expect(JSON.stringify(lines)).not.toContain(greenApi.token);
    expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({ status: 'PENDING', failureReason: null });
    expect(await usersWith(`+${lid.replace('@lid', '')}`)).toEqual([]);

    greenApi.fault = undefined; // nothing was over: sent again, the same message signs in
    await deliver(incomingText(attempt.loginMessage, lid));
    await expectSignedIn(attempt, `+${greenApi.phonesByLid.get(lid)}`);
  });

  test('who writes of an unknown attempt, or anything else, costs no look-up', async () => {
    const lid = someLid();
    for (const text of ['42', 'no', 'hello', 'AMT LOGIN 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10']) {
      await deliver(incomingText(text, lid));
    }
    expect(greenApi.lookUpsOf(lid)).toBe(0);
  });

  test('who stays hidden is asked about once, however many attempts are made', async () => {
    const lid = someLid();
    greenApi.phonesByLid.set(lid, '');
    for (let attempt = 0; attempt < 3; attempt += 1) await deliver(incomingText((await start()).loginMessage, lid));
    expect(greenApi.lookUpsOf(lid)).toBe(1);
  });

  test('known from before signs in even while the provider is down', async () => {
    const [lid, phone] = [someLid(), somePhone()];
    await addUser(phone, { whatsappLid: lid });
    greenApi.fault = { status: 502, body: '' };
    const attempt = await start();
    await deliver(incomingText(attempt.loginMessage, lid));
    await expectSignedIn(attempt, phone);
  });
});

describe('a message that WhatsApp could not decrypt', () => {
  test.each(['{{SWE001}}', '{{SWE999}}'])('%s: the person is asked to send it again, once', async (marker) => {
    const phone = `+996700${String(randomInt(1_000_000)).padStart(6, '0')}`;
    const body = incomingText(marker, phone);
    const attempt = await start();
    await expectIgnored(attempt, body, 'undecryptable');
    await expectIgnored(attempt, body, 'duplicate');
    await vi.waitFor(() => expect(greenApi.sentTo(chatOf(phone))).toEqual([messagesIn('ky').sendAgain]));
    await deliver(incomingText(attempt.loginMessage, phone));
    await expectSignedIn(attempt, phone);
    expect(greenApi.sentTo(chatOf(phone))).toHaveLength(1);
  });

  // Green API issues #832 and #853: the marker comes first, then a second webhook brings the text of the same message.
  test('does not stand in the way of its own text when that comes after all', async () => {
    const phone = somePhone();
    const attempt = await start();
    const marker = incomingText('{{SWE001}}', phone);
    await deliver(marker);
    await deliver(incomingText(attempt.loginMessage, phone, { idMessage: marker.idMessage }));
    await expectSignedIn(attempt, phone);
  });

  test('a reply that the provider does not take holds nothing up', async () => {
    greenApi.fault = { status: 500, body: '' };
    const before = gateway.log.length;
    const { status } = await deliver(incomingText('{{SWE001}}', somePhone()));
    expect(status).toBe(200);
    await vi.waitFor(() =>
      expect(gateway.log.slice(before).map(({ event }) => event)).toContain('whatsapp.reply_failed'),
    );
  });
});

describe('who may sign in', () => {
  test('with sign-up closed a stranger may not, and leaves no trace among the users', async () => {
    const phone = somePhone();
    const attempt = await start(closed);
    expect((await deliver(incomingText(attempt.loginMessage, phone), closed)).status).toBe(200);
    expect(await readAttempt(closed.graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'USER_NOT_FOUND',
    });
    expect(await usersWith(phone)).toEqual([]);
  });

  test('with sign-up closed a known person may', async () => {
    const phone = somePhone();
    await addUser(phone);
    const attempt = await start(closed);
    await deliver(incomingText(attempt.loginMessage, phone), closed);
    await expectSignedIn(attempt, phone, closed);
  });

  test('a blocked person may not', async () => {
    const phone = somePhone();
    await addUser(phone, { blocked: true });
    const attempt = await start();
    expect((await deliver(incomingText(attempt.loginMessage, phone))).status).toBe(200);
    expect(await readAttempt(gateway.graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'USER_BLOCKED',
    });
    expect((await claimLogin(gateway.graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
  });
});

describe('confirmation', () => {
  /** An attempt that waits for the two digits, with the digits that its screen shows. */
  async function ask(on = confirming, phone = somePhone()) {
    const attempt = await start(on);
    await deliver(incomingText(attempt.loginMessage, phone), on);
    const shown = await readAttempt(on.graphqlUrl, attempt);
    expect(shown?.status).toBe('CONFIRMING');
    const number = shown?.confirmationNumber ?? '';
    expect(number).toMatch(/^[1-9]\d$/);
    const wrong = (step: number) => String(10 + ((Number(number) - 10 + step) % 90));
    return { attempt, phone, number, wrong };
  }
  const say = (phone: string, text: string, change: object = {}, on = confirming) =>
    deliver(incomingText(text, phone, change), on);

  test('asks in WhatsApp, in the language of the attempt, with service and device', async () => {
    const phone = somePhone();
    const attempt = await startWhatsAppLogin(
      confirming.graphqlUrl,
      { locale: 'ru' },
      {
        'user-agent':
          'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36',
      },
    );
    await deliver(incomingText(attempt.loginMessage, phone), confirming);
    await vi.waitFor(() =>
      expect(greenApi.sentTo(chatOf(phone))).toEqual([
        messagesIn('ru').askToConfirm('localhost:4000', 'Chrome, Android', '127.0.0.1'),
      ]),
    );
    const shown = await readAttempt(confirming.graphqlUrl, attempt);
    expect(greenApi.sentTo(chatOf(phone)).join()).not.toMatch(
      new RegExp(`(?<!\\d)${shown?.confirmationNumber}(?!\\d)`),
    );
  });

  test('the right number completes; before it there is nothing to claim', async () => {
    const { attempt, phone, number } = await ask();
    expect((await claimLogin(confirming.graphqlUrl, attempt)).__typename).toBe('AttemptNotCompleted');
    expect((await say(phone, number)).status).toBe(200);
    await expectSignedIn(attempt, phone, confirming);
  });

  test('the right number in Persian digits completes', async () => {
    const { attempt, phone, number } = await ask();
    await say(
      phone,
      number.replaceAll(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? ''),
    );
    await expectSignedIn(attempt, phone, confirming);
  });

  test('three wrong numbers end it', async () => {
    const { attempt, phone, number, wrong } = await ask();
    await say(phone, wrong(1));
    await say(phone, wrong(2));
    expect(await statusOf(attempt, confirming)).toBe('CONFIRMING');
    await say(phone, wrong(3));
    expect(await readAttempt(confirming.graphqlUrl, attempt)).toMatchObject({
      status: 'FAILED',
      failureReason: 'TOO_MANY_TRIES',
      confirmationNumber: null,
    });
    await say(phone, number);
    expect((await claimLogin(confirming.graphqlUrl, attempt)).__typename).toBe('AttemptClosed');
  });

  test('a wrong number delivered three times counts once, and the right one still completes', async () => {
    const { attempt, phone, number, wrong } = await ask();
    const body = incomingText(wrong(1), phone);
    for (let time = 0; time < 3; time += 1) expect((await deliver(body, confirming)).status).toBe(200);
    expect(await statusOf(attempt, confirming)).toBe('CONFIRMING');
    await say(phone, number);
    await expectSignedIn(attempt, phone, confirming);
  });

  test.each(['NO', 'no.', 'НЕТ', 'Жоқ', 'жок', 'نه', 'خیر'])('"%s" cancels and raises an deadline', async (word) => {
    const { attempt, phone } = await ask();
    const { lines } = await say(phone, word);
    expect(await statusOf(attempt, confirming)).toBe('CANCELED');
    expect(lines.filter(({ event }) => event === 'whatsapp.denied')).toMatchObject([{ level: 'warn' }]);
  });

  test('an answer from another phone does nothing, right, wrong or NO', async () => {
    const { attempt, phone, number, wrong } = await ask();
    for (const text of [number, wrong(1), wrong(2), wrong(3), 'NO']) {
      const { status, lines } = await say(somePhone(), text);
      expect([status, lines.map(({ reason }) => reason)]).toEqual([200, ['nothing_to_confirm']]);
    }
    await say(phone, number);
    await expectSignedIn(attempt, phone, confirming);
  });

  test('an answer in a group, or forwarded, does nothing', async () => {
    const { attempt, phone, number } = await ask();
    await say(phone, number, { senderData: { sender: chatOf(phone), chatId: '120363043968066561@g.us' } });
    await say(phone, number, {
      messageData: { typeMessage: 'textMessage', textMessageData: { textMessage: number, isForwarded: true } },
    });
    expect(await statusOf(attempt, confirming)).toBe('CONFIRMING');
  });

  test('an answer written long before it was asked for does nothing', async () => {
    const { attempt, phone, number } = await ask();
    const old = { timestamp: now() - 3600 };
    await say(phone, 'NO', old);
    await say(phone, number, old);
    expect(await statusOf(attempt, confirming)).toBe('CONFIRMING');
  });

  test('a hidden sender may answer too', async () => {
    const [lid, phone] = [someLid(), somePhone()];
    greenApi.phonesByLid.set(lid, phone.slice(1));
    const attempt = await start(confirming);
    await deliver(incomingText(attempt.loginMessage, lid), confirming);
    const shown = await readAttempt(confirming.graphqlUrl, attempt);
    await say(lid, shown?.confirmationNumber ?? '');
    await expectSignedIn(attempt, phone, confirming);
    expect(greenApi.lookUpsOf(lid)).toBe(1);
  });

  test('of two that wait, the number says which', async () => {
    const first = await ask();
    const second = await ask(confirming, first.phone);
    if (first.number === second.number) return; // one run in ninety
    await say(first.phone, first.number);
    await expectSignedIn(first.attempt, first.phone, confirming);
    expect(await statusOf(second.attempt, confirming)).toBe('CONFIRMING');
  });

  test('an answer at the last moment still leaves time to claim', async () => {
    const { attempt, phone, number } = await ask();
    await updateAttempt(database, attempt.attemptId, { expiresAt: '1 second' });
    await say(phone, number);
    const [left] = await database.query<{ seconds: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float AS seconds FROM login_attempts WHERE id = $1',
      [attempt.attemptId],
    );
    expect(left?.seconds).toBeGreaterThan(30);
  });

  test('by default it is asked of roles above USER only', async () => {
    const [admin, user] = [somePhone(), somePhone()];
    await addUser(admin, { role: 'ADMIN' });
    await addUser(user);
    const { attempt, number } = await ask(gateway, admin);
    await say(admin, number, {}, gateway);
    expect(await claimLogin(gateway.graphqlUrl, attempt)).toMatchObject({
      __typename: 'Session',
      user: { phone: admin, role: 'ADMIN' },
    });
    const plain = await start();
    await deliver(incomingText(plain.loginMessage, user));
    await expectSignedIn(plain, user);
  });
});

describe('while the database cannot be reached', () => {
  let cable: Cable;
  let far: TestGateway;

  beforeAll(async () => {
    cable = await layCable(database.url);
    far = await startGateway({
      DATABASE_URL: cable.url,
      GREEN_API_URL: greenApi.url,
      GREEN_API_TOKEN: greenApi.token,
    });
  });
  afterAll(async () => {
    await far.stop();
    await cable.close();
  });

  test.each(['a phone', 'a hidden sender'])(
    'a login of %s is asked for again, and the repeat signs in, once',
    async (who) => {
      const [lid, phone] = [someLid(), somePhone()];
      greenApi.phonesByLid.set(lid, phone.slice(1));
      const attempt = await start(far);
      const body = incomingText(attempt.loginMessage, who === 'a phone' ? phone : lid);
      await cable.pull();
      expect((await deliver(body, far)).status).toBe(503);
      expect((await deliver(body, far)).status).toBe(503);
      await cable.plugIn();
      expect(await statusOf(attempt)).toBe('PENDING');
      expect((await deliver(body, far)).status).toBe(200);
      await expectSignedIn(attempt, phone, far);
      const repeat = await deliver(body, far);
      expect([repeat.status, repeat.lines[0]?.reason]).toEqual([200, 'duplicate']);
      expect(await usersWith(phone)).toHaveLength(1);
    },
  );

  test('an undecryptable message is answered once, after the repeat', async () => {
    const phone = somePhone();
    const body = incomingText('{{SWE001}}', phone);
    await cable.pull();
    expect((await deliver(body, far)).status).toBe(503);
    await cable.plugIn();
    expect((await deliver(body, far)).status).toBe(200);
    expect((await deliver(body, far)).status).toBe(200);
    await vi.waitFor(() => expect(greenApi.sentTo(chatOf(phone))).toHaveLength(1));
  });

  test('what needs no database is still answered 200', async () => {
    await cable.pull();
    expect((await deliver('{"typeWebhook":"test"}', far)).status).toBe(200);
    expect((await deliver(incomingText('Hello', somePhone()), far)).status).toBe(200);
    await cable.plugIn();
  });

  test('a cable pulled between our statement and its answer loses nothing and doubles nothing', async () => {
    const phone = somePhone();
    const attempt = await start(far);
    const body = incomingText(attempt.loginMessage, phone);
    // Held until the cable is pulled: PostgreSQL then finishes the statement for a client that is gone.
    const { release, waiters } = await holdAttempt(attempt.attemptId);
    const first = deliver(body, far);
    await vi.waitFor(async () => expect(await waiters()).toBe(1));
    await cable.pull();
    expect((await first).status).toBe(503);
    await release();
    await vi.waitFor(async () => expect(await statusOf(attempt)).toBe('COMPLETED'));
    await cable.plugIn();
    const repeat = await deliver(body, far);
    expect([repeat.status, repeat.lines.at(-1)?.reason]).toEqual([200, 'duplicate']);
    await expectSignedIn(attempt, phone, far);
    expect(await usersWith(phone)).toHaveLength(1);
  });

  /** Locks the row of an attempt, and tells how many statements wait for it. */
  async function holdAttempt(attemptId: string) {
    const { default: pg } = await import('pg');
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM login_attempts WHERE id = $1 FOR UPDATE', [attemptId]);
    return {
      waiters: async () =>
        (
          await database.query(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
          )
        ).length,
      async release() {
        await holder.query('COMMIT');
        await holder.end();
      },
    };
  }
});

describe('the log', () => {
  test('holds no token, no attempt secret and no whole phone', async () => {
    const phones = await database.query<{ phone: string }>('SELECT phone FROM users');
    const text = JSON.stringify(
      [gateway, guarded, closed, confirming]
        .flatMap(({ log }) => log)
        .filter(({ event }) => event !== 'console.message'),
    );
    const found = [greenApi.token, WEBHOOK_TOKEN, ...secrets, ...phones.map(({ phone }) => phone.slice(1))].filter(
      (secret) => text.includes(secret),
    );
    expect(Math.min(phones.length, secrets.length)).toBeGreaterThan(5);
    expect(found).toEqual([]);
  });
});
