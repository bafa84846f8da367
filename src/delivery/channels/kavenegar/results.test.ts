import { describe, expect, test } from 'vitest';
import { failureOf, receiptOf } from './results.js';

describe('failureOf a result of Kavenegar', () => {
  test.each([
    [400, 'unknown', false],
    [401, 'account_restricted', false],
    [402, 'unknown', false],
    [403, 'authentication', false],
    [404, 'unknown', false],
    [405, 'unknown', false],
    [406, 'unknown', false],
    [407, 'account_restricted', false],
    [409, 'channel_down', true],
    [411, 'invalid_number', false],
    [412, 'sender_rejected', false],
    [413, 'template_rejected', false],
    [414, 'unknown', false],
    [415, 'unknown', false],
    [416, 'account_restricted', false],
    [417, 'unknown', false],
    [418, 'insufficient_credit', false],
    [419, 'unknown', false],
    [420, 'template_rejected', false],
    [422, 'template_rejected', false],
    [424, 'template_rejected', false],
    [426, 'account_restricted', false],
    [427, 'sender_rejected', false],
    [428, 'template_rejected', false],
    [429, 'rate_limited', true],
    [431, 'template_rejected', false],
    [432, 'template_rejected', false],
    [451, 'rate_limited', true],
    [501, 'account_restricted', false],
    [604, 'unknown', false],
    [607, 'unknown', false],
    [999, 'unknown', false],
  ])('reads %i as %s, retry %s', (result, failure, retry) => {
    expect(failureOf(result)).toEqual({ outcome: 'failed', failure, retry, detail: `${result}` });
  });

  // A longer number is no result. It could be the code that the answer repeats.
  test.each([1_000, 482_913, -482_913, 4_829_137_711])(
    'does not keep a number of more than three digits: %i',
    (result) => {
      expect(failureOf(result)).toMatchObject({ failure: 'unknown', retry: false });
      expect(failureOf(result).detail).not.toContain(`${Math.abs(result)}`);
    },
  );
});

describe('receiptOf a delivery status of Kavenegar', () => {
  test.each([
    [1, { status: 'ACCEPTED' }],
    [2, { status: 'ACCEPTED' }],
    [4, { status: 'SENT' }],
    [5, { status: 'SENT' }],
    [6, { status: 'FAILED', failure: 'unknown', detail: 'status 6' }],
    [10, { status: 'DELIVERED' }],
    // Not better than 10: the phone is off or out of range.
    [11, { status: 'UNDELIVERED', failure: 'unknown', detail: 'status 11' }],
    [13, { status: 'FAILED', failure: 'account_restricted', detail: 'status 13' }],
    [14, { status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'status 14' }],
    [100, undefined],
    [0, undefined],
    [3, undefined],
    [12, undefined],
    [50, undefined],
    [-1, undefined],
  ])('maps %i', (status, receipt) => {
    expect(receiptOf(status)).toEqual(receipt);
  });
});
