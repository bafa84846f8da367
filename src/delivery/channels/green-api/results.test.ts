import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf, receiptOf } from './results.js';

const envelope = (message: string) => ({
  statusCode: 400,
  timestamp: '2026-11-20T12:00:00.000Z',
  path: '/waInstance1101000001/sendMessage/invented_token',
  message,
});

describe('failureOf HTTP 400', () => {
  test.each([
    ['instance in starting process try later', 'channel_down'],
    ['instance is starting or not authorized', 'channel_down'],
    ['instance account not authorized', 'channel_down'],
    ['Instance account is expired. Renew you instance from personal area', 'account_restricted'],
    ['Instance is deleted', 'account_restricted'],
    [
      "Validation failed. Details: 'chatId' must be one of the next formats: 'phone_number@c.us' or 'group_id@g.us' or 'chat_id@lid'",
      'invalid_number',
    ],
    ['bad phone number, valid from 11 to 16 digits', 'invalid_number'],
    ['bad phone number, valid 11 or 12 digits', 'invalid_number'],
    ["Validation failed. Details: Wrong format. 'phoneNumber' must contain only digits", 'invalid_number'],
    // Too many look-ups, which says nothing about the number.
    ['check phone number timeout limit exceeded', 'rate_limited'],
    ['bad request data', 'unknown'],
    ["Validation failed. Details: 'message' length must be less than or equal to 20000 characters long", 'unknown'],
    ["Validation failed. Details: 'value' must have at least 1 key", 'unknown'],
    ['Unexpected token _ in JSON at position 12', 'unknown'],
    ['', 'unknown'],
  ])('reads the text "%s" as %s', (message, failure) => {
    expect(failureOf(400, envelope(message))).toMatchObject({ outcome: 'failed', failure, retry: false });
  });

  test.each([undefined, null, 'text', 7, {}, { message: 7 }, []])('is unknown for the body %j', (body) => {
    expect(failureOf(400, body)).toEqual({ outcome: 'failed', failure: 'unknown', retry: false, detail: 'HTTP 400' });
  });
});

describe('failureOf any other status', () => {
  test.each([
    [401, 'authentication', false],
    [403, 'authentication', false],
    [404, 'unknown', false],
    [407, 'unknown', false],
    [429, 'rate_limited', true],
    [469, 'rate_limited', false],
    [499, 'timeout', false],
    [500, 'channel_down', false],
    [502, 'channel_down', true],
    [503, 'channel_down', true],
    [504, 'timeout', false],
    [200, 'unknown', false],
    [302, 'unknown', false],
  ])('reads HTTP %i as %s, retry %s', (status, failure, retry) => {
    const detail = `HTTP ${status}`;
    for (const body of [undefined, null, { message: 'Too Many Requests' }])
      expect(failureOf(status, body)).toEqual({ outcome: 'failed', failure, retry, detail });
  });
});

describe('failureOf HTTP 466 (quota exceeded)', () => {
  const correspondents = (status: string) => ({
    invokeStatus: { method: 'sendmessage', used: 67, total: 0, status: 'QUOTE_ALLOWED' },
    correspondentsStatus: { method: 'correspondents', used: 3, total: 3, status, description: '77010000005@c.us' },
  });

  test.each([
    ['chats, spelled QUOTE', correspondents('CORRESPONDENTS_QUOTE_EXCEEDED'), 'HTTP 466: chats of this month'],
    ['chats, spelled QUOTA', correspondents('CORRESPONDENTS_QUOTA_EXCEEDED'), 'HTTP 466: chats of this month'],
    ['calls of a method', { invokeStatus: { status: 'QUOTE_EXCEEDED' } }, 'HTTP 466: calls of this month'],
    ['a null body', null, 'HTTP 466: calls of this month'],
    ['an unreadable body', undefined, 'HTTP 466: calls of this month'],
  ])('names the quota: %s', (_, body, detail) => {
    expect(failureOf(466, body)).toEqual({ outcome: 'failed', failure: 'insufficient_credit', retry: false, detail });
  });
});

test('failureOf keeps no part of the body', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), fc.json({ maxDepth: 3 }), (status, json) => {
      const { detail } = failureOf(status, { secret: json, message: `secret ${json}`, correspondentsStatus: json });
      expect(detail).toMatch(
        new RegExp(
          `^HTTP ${status}(: (the instance is not authorized|the instance is expired or deleted|the number is refused|[a-z ]*))?$`,
        ),
      );
      expect(detail).not.toContain('secret');
    }),
  );
});

describe('receiptOf', () => {
  test.each([
    ['sent', { status: 'SENT' }],
    ['delivered', { status: 'DELIVERED' }],
    ['read', { status: 'READ' }],
    ['noAccount', { status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'noAccount' }],
    ['notInGroup', { status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'notInGroup' }],
    ['failed', { status: 'FAILED', failure: 'unknown', detail: 'failed' }],
    ['yellowCard', { status: 'FAILED', failure: 'account_restricted', detail: 'yellowCard' }],
    ['suspended', { status: 'FAILED', failure: 'account_restricted', detail: 'suspended' }],
    ['pending', undefined],
    ['Sent', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('maps the status "%s"', (status, receipt) => {
    expect(receiptOf(status)).toEqual(receipt);
  });
});
