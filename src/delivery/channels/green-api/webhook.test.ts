import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IgnoredReason } from './ignored-reason.js';
import { type WebhookEvent, readWebhook } from './webhook.js';

const OURS = { idInstance: '1101000001', number: '77010000001' };
const FIXTURES = new URL('../../../../simulators/fixtures/greenapi/', import.meta.url);
const names = readdirSync(FIXTURES).filter((name) => name.startsWith('webhook.'));
const fixture = (name: string) => readFileSync(new URL(name, FIXTURES), 'utf8');

/** The recorded texts that users wrote to the account. */
const TEXTS: Record<string, string> = {
  'webhook.incoming.text.json': 'I use Green-API to send this message to you!',
  'webhook.incoming.text.lid.json': 'Hello',
  'webhook.incoming.text.login.json': 'AMT LOGIN 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10',
  'webhook.incoming.text.login-kg.json': 'AMT LOGIN 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10',
  'webhook.incoming.text.swe001.json': '{{SWE001}}',
  'webhook.incoming.text.swe999.json': '{{SWE999}}',
  'webhook.incoming.extended.login.json': 'AMT LOGIN 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10',
  'webhook.incoming.quoted.text.json': 'Reply text',
  'webhook.incoming.quoted.image.json': 'Answer',
};

/** The other recorded webhooks that the gateway uses. */
const EVENTS: Record<string, WebhookEvent> = {
  ...Object.fromEntries(
    ['delivered', 'failed', 'noAccount', 'pending', 'read', 'sent', 'yellowCard'].map((status) => [
      `webhook.status.${status}.json`,
      { kind: 'status', status: { idMessage: '3EB0C767D097B7C7C030', digits: '77010000002', status } },
    ]),
  ),
  ...Object.fromEntries(
    ['authorized', 'blocked', 'notAuthorized', 'starting', 'suspended'].map((state) => [
      `webhook.state.${state}.json`,
      { kind: 'state', state },
    ]),
  ),
  // Without the description, which lists phone numbers.
  'webhook.quotaExceeded.json': { kind: 'quota', method: 'correspondents', used: 3, total: 3 },
};

function reasonFor(name: string): IgnoredReason {
  if (name === 'webhook.incoming.text.group.json') return 'not_one_to_one';
  if (name === 'webhook.incoming.extended.link.json') return 'forwarded';
  return name.startsWith('webhook.incoming.') ? 'not_a_text' : 'not_an_incoming_message';
}

describe('a recorded webhook', () => {
  test.each(names)('is read as its kind: %s', (name) => {
    const event = readWebhook(fixture(name), OURS);
    const text = TEXTS[name];
    if (text !== undefined) expect(event).toMatchObject({ kind: 'message', message: { text } });
    else if (EVENTS[name]) expect(event).toEqual(EVENTS[name]);
    else expect(event).toMatchObject({ kind: 'ignored', reason: reasonFor(name) });
  });

  test('with a login message is read completely', () => {
    expect(readWebhook(fixture('webhook.incoming.text.login.json'), OURS)).toEqual({
      kind: 'message',
      message: {
        instance: '1101000001',
        idMessage: '3A1F0C7E5B2D4A6981C0',
        sentAt: new Date(1_795_176_000_000),
        sender: '77010000002@c.us',
        chatId: '77010000002@c.us',
        text: 'AMT LOGIN 3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10',
      },
    });
  });

  test.each([
    'webhook.incoming.text.login.json',
    'webhook.status.delivered.json',
    'webhook.state.blocked.json',
    'webhook.quotaExceeded.json',
  ])('of another instance or another number is ignored: %s', (name) => {
    const body = fixture(name);
    expect(readWebhook(body, { ...OURS, idInstance: '1101000002' })).toMatchObject({ reason: 'other_instance' });
    expect(readWebhook(body, { ...OURS, number: '77010000002' })).toMatchObject({ reason: 'other_number' });
  });
});

describe('the webhook of a delivery status', () => {
  const status = JSON.parse(fixture('webhook.status.sent.json')) as Record<string, unknown>;
  const read = (change: Record<string, unknown>) => readWebhook(JSON.stringify({ ...status, ...change }), OURS);

  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['a phone chat', { chatId: '996700000003@c.us' }, '996700000003'],
    ['a hidden user', { chatId: '155508384256027@lid' }, undefined],
    ['a group chat', { chatId: '120363043968066561@g.us' }, undefined],
    ['no chat, the format of 2023', { chatId: undefined }, undefined],
    ['a null chat', { chatId: null }, undefined],
  ])('gives digits only for a phone: %s', (_, change, digits) => {
    expect(read(change)).toEqual({
      kind: 'status',
      status: { idMessage: status['idMessage'], digits, status: 'sent' },
    });
  });

  test('is ignored if the message was written on the phone', () => {
    expect(read({ sendByApi: false })).toMatchObject({ kind: 'ignored', reason: 'not_sent_by_us' });
    expect(read({ sendByApi: undefined }).kind).toBe('status');
    expect(read({ sendByApi: null }).kind).toBe('status');
  });

  test.each([
    { idMessage: '' },
    { idMessage: undefined },
    { idMessage: 'A\0' },
    { idMessage: 'A'.repeat(129) },
    { status: '' },
    { status: undefined },
    { status: 'two words' },
    { status: 7 },
  ])('is ignored in an unknown form: %j', (change) => {
    expect(read(change)).toMatchObject({ kind: 'ignored', reason: 'unknown_form' });
  });
});

describe('any body', () => {
  /** Checks that the event is safe to act upon. */
  function check(body: string) {
    const event = readWebhook(body, OURS);
    if (event.kind === 'ignored') {
      expect(event.reason).toMatch(/^[a-z_]+$/);
      return;
    }
    if (event.kind !== 'message') {
      expect(['status', 'state', 'quota']).toContain(event.kind);
      return;
    }
    const { message } = event;
    expect(message.instance).toBe(OURS.idInstance);
    expect(message.sender).toMatch(/^\d{5,20}@(c\.us|lid)$/);
    expect(Number.isNaN(message.sentAt.getTime())).toBe(false);
    expect(message.idMessage).not.toContain('\0');
  }

  test('gives an event and never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check));
    fc.assert(fc.property(fc.json(), check));
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        check(
          JSON.stringify({
            typeWebhook: 'incomingMessageReceived',
            instanceData: { idInstance: 1101000001 },
            messageData: value,
          }),
        ),
      ),
    );
  });

  test.each(['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'])(
    'is ignored if its type is the name of a property of every object: %s',
    (typeWebhook) => {
      const body = JSON.stringify({
        kind: 'message',
        message: {},
        typeWebhook,
        instanceData: { idInstance: 1101000001 },
      });
      expect(readWebhook(body, OURS)).toMatchObject({ kind: 'ignored', reason: 'not_an_incoming_message' });
    },
  );

  test.each([
    'webhook.incoming.extended.login.json',
    'webhook.status.delivered.json',
    'webhook.state.suspended.json',
    'webhook.quotaExceeded.json',
  ])('gives a valid event with any value in any field of %s', (name) => {
    const good = fixture(name);
    const places = placesOf(JSON.parse(good));
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(1e20, -1e20, 'A\0', ''));
    fc.assert(
      fc.property(fc.constantFrom(...places), value, (place, instead) => {
        const body = JSON.parse(good) as Record<string, unknown>;
        let at = body;
        for (const key of place.slice(0, -1)) at = at[key] as Record<string, unknown>;
        at[place.at(-1) ?? ''] = instead;
        check(JSON.stringify(body));
      }),
      { numRuns: 1000 },
    );
  });
});

function placesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesOf(inner, [...path, key])]);
}

describe('a login message', () => {
  const login = JSON.parse(fixture('webhook.incoming.text.login.json')) as Record<string, object>;
  test.each<[string, object]>([
    ['without the number of the account', { instanceData: { ...login['instanceData'], wid: null } }],
    ['with the time as a string', { timestamp: '1795176000' }],
    ['with null beside the text', { messageData: { ...login['messageData'], extendedTextMessageData: null } }],
    ['with null for forwarded', { messageData: { ...login['messageData'], isForwarded: null, forwardingScore: null } }],
  ])('is accepted %s', (_, change) => {
    expect(readWebhook(JSON.stringify({ ...login, ...change }), OURS).kind).toBe('message');
  });

  test('is accepted with a byte order mark', () => {
    expect(readWebhook(`\uFEFF${JSON.stringify(login)}`, OURS).kind).toBe('message');
  });

  test("is ignored if the sender's number begins with 0", () => {
    const senderData = { sender: '0000000@c.us', chatId: '0000000@c.us' };
    expect(readWebhook(JSON.stringify({ ...login, senderData }), OURS)).toMatchObject({ reason: 'not_one_to_one' });
  });
});
