import { expect, test } from 'vitest';
import { deriveConfirmationNumber } from './confirmation-number.js';

// Computed by another implementation: a release must not change the numbers that are on screens.
test('a confirmation number is derived from the attempt, its salt and the key', () => {
  const of = { attemptId: '3f1c9a52-0b7e-4d5a-9c1e-7a2b6d8e4f10', phone: '+77010000002', salt: Buffer.alloc(32, 9) };
  expect(deriveConfirmationNumber(of, Buffer.alloc(32, 7))).toBe('44');
  expect(deriveConfirmationNumber({ ...of, salt: null }, Buffer.alloc(32, 7))).toBe('84');
});
