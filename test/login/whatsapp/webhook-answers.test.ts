import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deliverWebhook, incomingText, somePhone } from '../../support/calls.js';
import {
  WEBHOOK_TOKEN,
  deliver,
  expectSignedIn,
  start,
  statusOf,
  testNothingSecretIsLogged,
  useGateways,
} from './gateways.js';

const whatsapp = useGateways({ guarded: { GREEN_API_WEBHOOK_TOKEN: WEBHOOK_TOKEN } });

const FIXTURES = new URL('../../../simulators/fixtures/greenapi/', import.meta.url);
const PATH = '/api/webhooks/greenapi/incoming';

describe('every webhook is answered 200', () => {
  const fixtures = readdirSync(FIXTURES).filter((name) => /^webhook\..*\.json$/.test(name));

  test('there are recorded webhooks', () => expect(fixtures.length).toBeGreaterThan(50));

  test.each(fixtures)('the recorded %s, with and without trailing slash', async (name) => {
    const body = readFileSync(new URL(name, FIXTURES), 'utf8');
    expect(await deliverWebhook(whatsapp.gateway().url, body)).toBe(200);
    expect(await deliverWebhook(whatsapp.gateway().url, body, { path: `${PATH}/` })).toBe(200);
  });

  test('no recorded webhook creates a user', async () => {
    expect(await whatsapp.database.query('SELECT id FROM users')).toEqual([]);
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
    ['a type that is a number', '{"typeWebhook":7}'],
    ['a hostile key', '{"__proto__":{"typeWebhook":"incomingMessageReceived"}}'],
    ['deep nesting', '['.repeat(100_000)],
    ['text with a lone surrogate and a zero', '\uD800\u0000\uFFFF'],
    ['5 MB of junk', 'x'.repeat(5_000_000)],
    ['17 MB, more than the gateway reads', 'x'.repeat(17 * 1024 * 1024)],
    ['a message without sender', incomingText('AMT LOGIN', somePhone(), { senderData: undefined })],
    ['a message without content', incomingText('AMT LOGIN', somePhone(), { messageData: {} })],
    ['a time beyond the year 2100', incomingText(`AMT LOGIN ${randomUUID()}`, somePhone(), { timestamp: 1e20 })],
    ['a message ID with a zero', incomingText(`AMT LOGIN ${randomUUID()}`, somePhone(), { idMessage: 'A\0B' })],
    [
      'a message ID longer than an index takes',
      incomingText(`AMT LOGIN ${randomUUID()}`, somePhone(), {
        idMessage: Array.from({ length: 300 }, () => randomUUID()).join(''),
      }),
    ],
  ])('%s, which is ignored with a reason', async (_, body) => {
    const { status, lines } = await deliver(body);
    expect(status).toBe(200);
    expect(lines).toMatchObject([{ event: 'webhook.ignored', reason: expect.any(String) as string }]);
  });

  test('a login message with a thumbnail of 5 MB, which signs in', async () => {
    const attempt = await start();
    const phone = somePhone();
    const messageData = {
      typeMessage: 'extendedTextMessage',
      extendedTextMessageData: { text: attempt.loginMessage, jpegThumbnail: 'A'.repeat(5_000_000) },
    };
    expect(await deliverWebhook(whatsapp.gateway().url, incomingText('', phone, { messageData }))).toBe(200);
    await expectSignedIn(attempt, phone);
  });
});

describe('with GREEN_API_WEBHOOK_TOKEN, a webhook', () => {
  test.each(['x', 'Bearer x', 'Bearer Bearer x', 'Basic x', 'bearer x', 'Bearer  Basic x'])(
    'is accepted with the token x as Authorization "%s"',
    async (spelling) => {
      const attempt = await start(whatsapp.gateway('guarded'));
      const phone = somePhone();
      const token = spelling.replace(/x$/, WEBHOOK_TOKEN);
      expect(
        await deliverWebhook(whatsapp.gateway('guarded').url, incomingText(attempt.loginMessage, phone), { token }),
      ).toBe(200);
      await expectSignedIn(attempt, phone, whatsapp.gateway('guarded'));
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
  ])('is refused with Authorization "%s"', async (token) => {
    const attempt = await start(whatsapp.gateway('guarded'));
    const before = whatsapp.gateway('guarded').log.length;
    const body = incomingText(attempt.loginMessage, somePhone());
    expect(await deliverWebhook(whatsapp.gateway('guarded').url, body, token === undefined ? {} : { token })).toBe(401);
    expect(await statusOf(attempt, whatsapp.gateway('guarded'))).toBe('PENDING');
    const lines = whatsapp.gateway('guarded').log.slice(before);
    expect(lines).toMatchObject([{ event: 'webhook.refused', reason: 'wrong_token' }]);
    expect(JSON.stringify(lines)).not.toContain(WEBHOOK_TOKEN);
  });

  test('of 5 MB is refused, and the answer arrives', async () => {
    expect(await deliverWebhook(whatsapp.gateway('guarded').url, 'x'.repeat(5_000_000), { token: 'wrong' })).toBe(401);
  });
});

testNothingSecretIsLogged();
