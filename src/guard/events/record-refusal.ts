import { type GuardRefusal, RateLimited } from '../errors.js';
import type { GuardEvents } from './guard-events.js';

/** Records a refusal that a client gets as an error. */
export function recordRefusal(
  refusal: GuardRefusal,
  { ip }: { ip: string },
  { guardEvents }: { guardEvents: GuardEvents },
): void {
  const { rule, action, about } = refusal;
  const until = refusal instanceof RateLimited ? new Date(Date.now() + refusal.retryAfterSeconds * 1_000) : undefined;
  guardEvents.record({ rule, action, ip, ...about, until });
}
