import { describe, expect, test, vi } from 'vitest';
import { type Channel, type SendResult, failed } from '../channels/channel.js';
import { type SentMessage, createOutbox, keepSent } from './outbox.js';

const PHONE = '+77010000002';
const texts = (messages: readonly SentMessage[]) => messages.map(({ text }) => text);

describe('the outbox', () => {
  test('keeps sent messages in order, each with an ID and a time', () => {
    const outbox = createOutbox();
    outbox.sent({ phone: PHONE, channel: 'console', text: 'one', code: '123456' });
    outbox.sent({ phone: PHONE, channel: 'whatsapp', text: 'two' });
    const [one, two] = outbox.messages();
    expect(one).toEqual({
      id: expect.any(String),
      at: expect.any(Date),
      phone: PHONE,
      channel: 'console',
      text: 'one',
      code: '123456',
    });
    expect(two).toMatchObject({ channel: 'whatsapp', text: 'two' });
    expect(two?.id).not.toBe(one?.id);
  });

  test('keeps the latest 500 messages', () => {
    const outbox = createOutbox();
    for (let index = 0; index < 502; index += 1) outbox.sent({ phone: PHONE, channel: 'console', text: `${index}` });
    expect(outbox.messages()).toHaveLength(500);
    expect(outbox.messages()[0]?.text).toBe('2');
    expect(outbox.messages().at(-1)?.text).toBe('501');
  });

  test('calls each listener for new messages until it unsubscribes', () => {
    const outbox = createOutbox();
    outbox.sent({ phone: PHONE, channel: 'console', text: 'before' });
    const heard: SentMessage[] = [];
    const others: SentMessage[] = [];
    const stop = outbox.subscribe((message) => heard.push(message));
    outbox.subscribe((message) => others.push(message));
    outbox.sent({ phone: PHONE, channel: 'console', text: 'during' });
    stop();
    outbox.sent({ phone: PHONE, channel: 'console', text: 'after' });
    expect(texts(heard)).toEqual(['during']);
    expect(texts(others)).toEqual(['during', 'after']);
    expect(outbox.messages()).toContain(heard[0]);
  });
});

describe('a channel with an outbox', () => {
  const message = {
    deliveryId: 'd',
    attemptId: 'a',
    phone: PHONE,
    code: '123456',
    text: 'Your code: 123456',
    providerTemplate: undefined,
  };
  const { signal } = new AbortController();

  function channelThat(answers: SendResult): Channel {
    return {
      name: 'kavenegar-sms',
      serves: () => true,
      carriesNotifications: true,
      hasReceipts: true,
      isIdempotent: true,
      send: vi.fn().mockResolvedValue(answers),
    };
  }

  test('puts accepted messages into the outbox, and is otherwise unchanged', async () => {
    const outbox = createOutbox();
    const accepted = { outcome: 'accepted', providerId: '1' } as const;
    const inner = channelThat(accepted);
    const channel = keepSent(inner, outbox);
    expect(await channel.send(message, signal)).toBe(accepted);
    expect(inner.send).toHaveBeenCalledWith(message, signal);
    expect(channel).toMatchObject({ name: 'kavenegar-sms', isIdempotent: true });
    expect(outbox.messages()).toMatchObject([
      { phone: PHONE, channel: 'kavenegar-sms', text: 'Your code: 123456', code: '123456' },
    ]);
  });

  test('puts no refused message into the outbox', async () => {
    const outbox = createOutbox();
    await keepSent(channelThat(failed('channel_down', '503')), outbox).send(message, signal);
    expect(outbox.messages()).toEqual([]);
  });

  test('puts a notification into the outbox without a code', async () => {
    const outbox = createOutbox();
    await keepSent(channelThat({ outcome: 'accepted', providerId: null }), outbox).send(
      { ...message, code: '' },
      signal,
    );
    expect(outbox.messages()[0]).not.toHaveProperty('code');
  });
});
