import { expect } from 'vitest';
import type { Message } from '../../../src/delivery/channels/channel.js';

export const CODE = '482913';
export const KAZAKH = '+77010000002';
export const KYRGYZ = '+996700000003';
export const IRANIAN = '+989120000004';

/** A message with a code, as the code sender gives it to a channel. */
export function messageTo(phone: string, changes: Partial<Message> = {}): Message {
  return {
    deliveryId: '019abc00-0000-7000-8000-000000000001',
    attemptId: '019abc00-0000-7000-8000-000000000002',
    phone,
    code: CODE,
    text: `Your code: ${CODE}`,
    providerTemplate: undefined,
    ...changes,
  };
}

/** Results are stored and logged, so they must not contain the code, the phone, a key or a URL. */
export function expectNothingSecret(result: unknown, secrets: readonly string[]): void {
  const text = JSON.stringify(result instanceof Map ? [...result] : result);
  for (const secret of [CODE, '9120000004', '7010000002', '127.0.0.1', 'http://', ...secrets])
    expect(text).not.toContain(secret);
}
