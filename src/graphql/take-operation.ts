import { RateLimited } from '../guard/errors.js';
import type { NetworkBudget } from '../guard/network-budget.js';
import { messagesIn } from '../locales/messages.js';
import type { GraphqlContext } from './context.js';

interface RateLimitedAnswer {
  code: string;
  message: string;
  retryAfterSeconds: number;
}

/** Counts an operation of a client. @returns the error to answer with, when its network has sent too many */
export function takeOperation(
  operations: NetworkBudget,
  client: GraphqlContext['client'],
): RateLimitedAnswer | undefined {
  const refused = checkBudget(operations, client);
  if (!refused) operations.charge(client.ip, 1);
  return refused;
}

/** @returns the error to answer with, when the network of a client has nothing left of a budget */
export function checkBudget(
  budget: NetworkBudget,
  { ip, locale }: GraphqlContext['client'],
): RateLimitedAnswer | undefined {
  const waitMs = budget.waitMs(ip);
  if (waitMs === 0) return undefined;
  const { code, retryAfterSeconds } = new RateLimited(waitMs / 1000);
  return { code, message: messagesIn(locale ?? 'en').errors[code], retryAfterSeconds };
}
