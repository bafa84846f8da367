import { expect, test } from 'vitest';
import type { LoginAttempt } from '../../client/index.js';
import { endingOf } from './state.js';

const attempt = (fields: Partial<LoginAttempt>) =>
  ({ status: 'PENDING', failureReason: null, ...fields }) as LoginAttempt;

test.each([
  ['nothing is heard yet, in time', { expiresAt: 1_000 }, undefined],
  ['nothing is heard, and the time is up', { expiresAt: 999 }, 'EXPIRED'],
  [
    'it is pending, and the time is up: the word may have been lost',
    { expiresAt: 999, attempt: attempt({}) },
    'EXPIRED',
  ],
  ['it expired early', { expiresAt: 2_000, attempt: attempt({ status: 'EXPIRED' }) }, 'EXPIRED'],
  ['it was refused', { expiresAt: 2_000, attempt: attempt({ status: 'CANCELED' }) }, 'CANCELED'],
  [
    'it failed for a reason',
    { expiresAt: 2_000, attempt: attempt({ status: 'FAILED', failureReason: 'PHONE_HIDDEN' }) },
    'PHONE_HIDDEN',
  ],
  ['it is proven: late is late enough', { expiresAt: 1, attempt: attempt({ status: 'COMPLETED' }) }, undefined],
  ['an answer has told', { expiresAt: 2_000, ended: 'TOO_MANY_TRIES' as const }, 'TOO_MANY_TRIES'],
])('%s', (_, login, ending) => {
  expect(endingOf(login, 1_000)).toBe(ending);
});
