import { RateLimited } from '../guard/errors.js';
import { recordRefusal } from '../guard/events/record-refusal.js';
import type { NetworkBudget } from '../guard/floods/network-budget.js';
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
  context: Pick<GraphqlContext, 'client' | 'login'>,
): RateLimitedAnswer | undefined {
  const refused = checkBudget(operations, context);
  if (!refused) operations.charge(context.client.ip, 1);
  return refused;
}

/** @returns the error to answer with, when the network of a client has nothing left of a budget */
export function checkBudget(
  budget: NetworkBudget,
  { client, login }: Pick<GraphqlContext, 'client' | 'login'>,
): RateLimitedAnswer | undefined {
  const { ip, locale } = client;
  const waitMs = budget.waitMs(ip);
  if (waitMs === 0) return undefined;
  const refusal = new RateLimited(waitMs / 1000, 'operations');
  recordRefusal(refusal, client, login);
  const { code, retryAfterSeconds } = refusal;
  return { code, message: messagesIn(locale ?? 'en').errors[code], retryAfterSeconds };
}
