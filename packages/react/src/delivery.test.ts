import { describe, expect, test } from 'vitest';
import type { DeliveryChannel, DeliveryStatus, LoginAttempt } from '@phonegate/client';
import { en } from './locales/en.js';
import { deliveryText, earlierChannels, otherChannels } from './delivery.js';
import type { CodeLogin } from './flow/state.js';

const CHANNELS: DeliveryChannel[] = ['GREEN_API', 'KAVENEGAR_VERIFY', 'KAVENEGAR_SMS', 'MELIPAYAMAK'];

function textFor(channel: DeliveryChannel, status: DeliveryStatus, previousChannels: DeliveryChannel[] = []): string {
  const delivery = { channel, status, previousChannels };
  return deliveryText({ channel, attempt: { delivery } as LoginAttempt }, en);
}

describe('the delivery status of a code', () => {
  test('names the channel that accepted the code before a status has arrived', () => {
    expect(deliveryText({ channel: 'GREEN_API' }, en)).toBe('Sent by WhatsApp');
    expect(deliveryText({ channel: 'CONSOLE' }, en)).toBe('Sent to the developer’s phone');
  });

  test.each([
    ['QUEUED', 'Sending by WhatsApp…'],
    ['SENT', 'Sent by WhatsApp'],
    ['DELIVERED', 'Sent by WhatsApp · delivered'],
    ['FAILED', 'WhatsApp did not arrive'],
  ] as const)('%s: %s', (status, text) => {
    expect(textFor('GREEN_API', status)).toBe(text);
  });

  test('names the channel that failed after a failover', () => {
    expect(textFor('KAVENEGAR_VERIFY', 'QUEUED', ['GREEN_API'])).toBe('Sending by SMS…');
    expect(textFor('KAVENEGAR_VERIFY', 'SENT', ['GREEN_API'])).toBe('WhatsApp did not arrive; sent by SMS');
    expect(textFor('KAVENEGAR_VERIFY', 'DELIVERED', ['GREEN_API'])).toBe(
      'WhatsApp did not arrive; sent by SMS · delivered',
    );
  });

  test('says nothing of a loss when the user requests a code that has arrived by another channel', () => {
    const login = {
      channel: 'GREEN_API',
      attempt: { delivery: { channel: 'GREEN_API', status: 'DELIVERED' } },
    } as CodeLogin;
    const earlier = earlierChannels(login);
    const text = (previousChannels: DeliveryChannel[]) =>
      deliveryText(
        {
          channel: 'KAVENEGAR_SMS',
          earlier,
          attempt: {
            delivery: { channel: 'KAVENEGAR_SMS', status: 'SENT', previousChannels },
          } as unknown as LoginAttempt,
        },
        en,
      );
    expect(text([])).toBe('Sent by SMS as well');
    expect(text(['GREEN_API'])).toBe('WhatsApp did not arrive; sent by SMS');
  });

  test('says that the phone rings, and that the call was answered', () => {
    expect(textFor('TWILIO_CALL', 'QUEUED', ['KAVENEGAR_SMS'])).toBe('We’re calling you…');
    expect(textFor('TWILIO_CALL', 'SENT')).toBe('We’re calling you…');
    expect(textFor('KAVENEGAR_CALL', 'DELIVERED')).toBe('Sent by phone call · delivered');
    expect(textFor('KAVENEGAR_CALL', 'SENT', ['GREEN_API'])).toBe('WhatsApp did not arrive; sent by phone call');
    expect(textFor('MELIPAYAMAK', 'SENT', ['KAVENEGAR_CALL'])).toBe('phone call did not arrive; sent by SMS');
  });

  test('hides a failover from one SMS provider to another', () => {
    expect(textFor('MELIPAYAMAK', 'DELIVERED', ['KAVENEGAR_VERIFY', 'KAVENEGAR_SMS'])).toBe('Sent by SMS · delivered');
  });
});

describe('the other channels to choose from', () => {
  const login = { attemptId: '', secret: '', phone: '', maskedPhone: '', expiresAt: 0, resendAt: 0, codeLength: 6 };

  test('are one for each name, in the order of the route', () => {
    expect(otherChannels({ ...login, channel: 'GREEN_API', channels: CHANNELS }, en)).toEqual([
      { name: 'SMS', channel: 'KAVENEGAR_VERIFY', sendText: 'Send by SMS' },
    ]);
    expect(otherChannels({ ...login, channel: 'MELIPAYAMAK', channels: CHANNELS }, en)).toEqual([
      { name: 'WhatsApp', channel: 'GREEN_API', sendText: 'Send by WhatsApp' },
    ]);
  });

  test('offer a call by its name', () => {
    const channels: DeliveryChannel[] = ['GREEN_API', 'TWILIO_CALL'];
    expect(otherChannels({ ...login, channel: 'GREEN_API', channels }, en)).toEqual([
      { name: 'phone call', channel: 'TWILIO_CALL', sendText: 'Send by phone call' },
    ]);
  });

  test('name the developer’s phone as the receiver', () => {
    expect(otherChannels({ ...login, channel: 'GREEN_API', channels: ['GREEN_API', 'CONSOLE'] }, en)).toEqual([
      { name: 'the developer’s phone', channel: 'CONSOLE', sendText: 'Send to the developer’s phone' },
    ]);
    expect(textFor('CONSOLE', 'SENT', ['GREEN_API'])).toBe('WhatsApp did not arrive; sent by the developer’s phone');
  });

  test('are none where the route has one channel', () => {
    expect(otherChannels({ ...login, channel: 'CONSOLE', channels: ['CONSOLE'] }, en)).toEqual([]);
  });
});
