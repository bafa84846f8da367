import { describe, expect, test } from 'vitest';
import { isStorageError } from './storage-error.js';

const withCode = (code: string) => Object.assign(new Error('it says so'), { code });

describe('isStorageError is true, because waiting may help, for', () => {
  test.each([
    'ECONNREFUSED',
    'EPIPE',
    '57P01',
    '53300',
    '08006',
    '25006',
    '40P01',
    'P1001',
    '42P01',
    '42703',
    '42501',
    'P2024',
    'P2028',
    'P2034',
  ])('%s', (code) => {
    expect(isStorageError(withCode(code))).toBe(true);
  });
  test.each(['Connection terminated unexpectedly', 'Query read timeout', 'timeout exceeded when trying to connect'])(
    '%s',
    (message) => {
      expect(isStorageError(new Error(message))).toBe(true);
    },
  );
});

describe('isStorageError is false, because the error would come again, for', () => {
  test.each(['22021', '23505', '42601', '54000', 'P2002'])('%s', (code) => {
    expect(isStorageError(withCode(code))).toBe(false);
  });
  test('errors of JavaScript and other values', () => {
    expect(isStorageError(new TypeError('x is not a function'))).toBe(false);
    expect(isStorageError('timeout')).toBe(false);
  });
});
