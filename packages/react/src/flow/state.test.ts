import { expect, test } from 'vitest';
import type { LoginAttempt } from '@phonegate/client';
import { endingOf } from './state.js';

const attempt = (fields: Partial<LoginAttempt>) =>
  ({ status: 'PENDING', failureReason: null, ...fields }) as LoginAttempt;

test.each([
  ['is undefined before a status has arrived', { expiresAt: 1_000 }, undefined],
  ['is EXPIRED after its time without any status', { expiresAt: 999 }, 'EXPIRED'],
  [
    'is EXPIRED after its time while PENDING, as the last status may be lost',
    { expiresAt: 999, attempt: attempt({}) },
    'EXPIRED',
  ],
  [
    'is EXPIRED as soon as the gateway says so',
    { expiresAt: 2_000, attempt: attempt({ status: 'EXPIRED' }) },
    'EXPIRED',
  ],
  ['is CANCELED after a refusal', { expiresAt: 2_000, attempt: attempt({ status: 'CANCELED' }) }, 'CANCELED'],
  [
    'is the reason of a failure',
    { expiresAt: 2_000, attempt: attempt({ status: 'FAILED', failureReason: 'PHONE_HIDDEN' }) },
    'PHONE_HIDDEN',
  ],
  [
    'is undefined while a COMPLETED attempt can be claimed, also after its time',
    { expiresAt: 1, attempt: attempt({ status: 'COMPLETED' }) },
    undefined,
  ],
  ['is what an earlier answer said', { expiresAt: 2_000, ended: 'TOO_MANY_TRIES' as const }, 'TOO_MANY_TRIES'],
])('the ending %s', (_, login, ending) => {
  expect(endingOf(login, 1_000)).toBe(ending);
});
