import { describe, expect, test } from 'vitest';
import type { DeliveryChannel, DeliveryStatus, LoginAttempt } from '../client/index.js';
import { en } from '../locales/en.js';
import { deliveryText, otherWays } from './delivery.js';

const CHANNELS: DeliveryChannel[] = ['GREEN_API', 'KAVENEGAR_VERIFY', 'KAVENEGAR_SMS', 'MELIPAYAMAK'];

function told(channel: DeliveryChannel, status: DeliveryStatus, previousChannels: DeliveryChannel[] = []): string {
  const delivery = { channel, status, previousChannels, updatedAt: '2026-11-21T12:00:00.000Z' };
  return deliveryText({ channel, attempt: { delivery } as LoginAttempt }, en);
}

describe('how the code fares', () => {
  test('before anything is heard: by the channel that took it', () => {
    expect(deliveryText({ channel: 'GREEN_API' }, en)).toBe('Sent by WhatsApp');
    expect(deliveryText({ channel: 'CONSOLE' }, en)).toBe('Sent by the developer’s phone');
  });

  test.each([
    ['QUEUED', 'Sending by WhatsApp…'],
    ['ACCEPTED', 'Sent by WhatsApp'],
    ['SENT', 'Sent by WhatsApp'],
    ['DELIVERED', 'Sent by WhatsApp · delivered'],
    ['READ', 'Sent by WhatsApp · read'],
    ['UNDELIVERED', 'WhatsApp did not arrive'],
    ['FAILED', 'WhatsApp did not arrive'],
  ] as const)('%s: %s', (status, text) => {
    expect(told('GREEN_API', status)).toBe(text);
  });

  test('after a failover it says what did not arrive', () => {
    expect(told('KAVENEGAR_VERIFY', 'QUEUED', ['GREEN_API'])).toBe('Sending by SMS…');
    expect(told('KAVENEGAR_VERIFY', 'SENT', ['GREEN_API'])).toBe('WhatsApp did not arrive; sent by SMS');
    expect(told('KAVENEGAR_VERIFY', 'DELIVERED', ['GREEN_API'])).toBe(
      'WhatsApp did not arrive; sent by SMS · delivered',
    );
  });

  test('from one SMS provider to another is nothing that a person sees', () => {
    expect(told('MELIPAYAMAK', 'DELIVERED', ['KAVENEGAR_VERIFY', 'KAVENEGAR_SMS'])).toBe('Sent by SMS · delivered');
  });
});

describe('other ways to choose', () => {
  const login = { attemptId: '', secret: '', phone: '', maskedPhone: '', expiresAt: 0, resendAt: 0, codeLength: 6 };

  test('are one of each kind, in the order of the route', () => {
    expect(otherWays({ ...login, channel: 'GREEN_API', channels: CHANNELS }, en)).toEqual([
      { way: 'SMS', channel: 'KAVENEGAR_VERIFY' },
    ]);
    expect(otherWays({ ...login, channel: 'MELIPAYAMAK', channels: CHANNELS }, en)).toEqual([
      { way: 'WhatsApp', channel: 'GREEN_API' },
    ]);
  });

  test('are none where there is one way only', () => {
    expect(otherWays({ ...login, channel: 'CONSOLE', channels: ['CONSOLE'] }, en)).toEqual([]);
  });
});
