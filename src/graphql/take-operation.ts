import { RateLimited } from '../guard/errors.js';
import type { NetworkBudget } from '../guard/network-budget.js';
import { messagesIn } from '../locales/messages.js';
import type { GraphqlContext } from './context.js';

/** Counts an operation of a client. @returns the error to answer with, when its network has sent too many */
export function takeOperation(
  operations: NetworkBudget,
  { ip, locale }: GraphqlContext['client'],
): { code: string; message: string; retryAfterSeconds: number } | undefined {
  const waitMs = operations.waitMs(ip);
  if (waitMs > 0) {
    const { code, retryAfterSeconds } = new RateLimited(waitMs / 1000);
    return { code, message: messagesIn(locale ?? 'en').errors[code], retryAfterSeconds };
  }
  operations.charge(ip, 1);
  return undefined;
}
