import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf, isMessageId, receiptOf } from './results.js';

describe('isMessageId', () => {
  test.each(['3741437414374143741', '4964357668335355040', '1000000000'])('accepts the long number %s', (value) => {
    expect(isMessageId(value)).toBe(true);
  });

  test.each([
    '0',
    '1',
    '11', // comes with RetStatus 1 and "Ok"
    '35',
    '-111',
    '100000000',
    '0123456789012',
    '-3741437414374143741',
    '3741437414374143741,3741437414374143742',
    '3741437414374143741.0',
    '3741437414374143741\n',
    'null',
    'NULL',
    '',
  ])('refuses %j', (value) => {
    expect(isMessageId(value)).toBe(false);
  });
});

describe('failureOf a code of Melipayamak', () => {
  test.each([
    ['0', 'authentication', false],
    ['2', 'insufficient_credit', false],
    ['3', 'rate_limited', false],
    ['4', 'rate_limited', false],
    ['5', 'sender_rejected', false],
    ['6', 'channel_down', true],
    ['7', 'template_rejected', false],
    ['9', 'sender_rejected', false],
    ['10', 'account_restricted', false],
    ['11', 'unknown', false],
    ['12', 'account_restricted', false],
    ['13', 'template_rejected', false],
    ['14', 'template_rejected', false],
    ['15', 'template_rejected', false],
    ['16', 'unknown', false],
    ['17', 'template_rejected', false],
    ['18', 'invalid_number', false],
    ['35', 'not_on_channel', false],
    ['-1', 'account_restricted', false],
    ['-2', 'unknown', false],
    ['-3', 'sender_rejected', false],
    ['-4', 'template_rejected', false],
    ['-5', 'template_rejected', false],
    ['-6', 'channel_down', true],
    ['-7', 'sender_rejected', false],
    ['-10', 'template_rejected', false],
    ['-108', 'account_restricted', false],
    ['-109', 'account_restricted', false],
    ['-110', 'authentication', false],
    ['-111', 'account_restricted', false],
    ['99', 'unknown', false],
  ])('reads %s as %s, retry %s', (value, failure, retry) => {
    expect(failureOf(value)).toEqual({ outcome: 'failed', failure, retry, detail: value });
  });

  test.each(['', 'null', 'ارسال ناموفق', '1,2', 'constructor', 'toString', '__proto__'])(
    'does not keep %j, which is no code',
    (value) => {
      expect(failureOf(value)).toEqual({
        outcome: 'failed',
        failure: 'unknown',
        retry: false,
        detail: 'unreadable answer',
      });
    },
  );

  // Codes that the gateway sends have four digits at least, result codes three at most.
  test('never keeps a login code that the answer repeats', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?\d{4,8}$/), (code) => {
        expect(failureOf(code).detail).not.toContain(code);
      }),
    );
  });
});

describe('receiptOf a delivery status of Melipayamak', () => {
  test.each([
    ['400', { status: 'ACCEPTED' }],
    ['0', { status: 'SENT' }],
    ['8', { status: 'SENT' }],
    ['200', { status: 'SENT' }],
    ['1', { status: 'DELIVERED' }],
    ['2', { status: 'UNDELIVERED', failure: 'unknown', detail: 'status 2' }],
    ['35', { status: 'UNDELIVERED', failure: 'not_on_channel', detail: 'status 35' }],
    ['300', { status: 'UNDELIVERED', failure: 'template_rejected', detail: 'status 300' }],
    ['3', { status: 'FAILED', failure: 'unknown', detail: 'status 3' }],
    ['5', { status: 'FAILED', failure: 'unknown', detail: 'status 5' }],
    ['16', { status: 'FAILED', failure: 'unknown', detail: 'status 16' }],
    ['500', { status: 'FAILED', failure: 'unknown', detail: 'status 500' }],
    ['100', undefined],
    ['-1', undefined],
    ['7', undefined],
    ['01', undefined],
    ['', undefined],
    ['null', undefined],
  ])('maps "%s"', (status, receipt) => {
    expect(receiptOf(status)).toEqual(receipt);
  });
});
