import type { Clock } from '../clock.js';
import { METHODS, type Method } from './method.js';

/** `false` lifts them all; a number takes the place of the published one. */
export type Limits = false | Partial<Record<Method, number>>;

/** A second's worth of calls at most, coming back evenly, by the provider's clock. */
export function createRateLimits(clock: Clock, limits: Limits) {
  const buckets = new Map<Method, { left: number; at: number }>();

  /** @returns whether the call goes through, and what the answer says of it. */
  return (method: Method): { allowed: boolean; headers: Record<string, string> } => {
    const perSecond = limits === false ? undefined : (limits[method] ?? METHODS[method].perSecond);
    if (perSecond === undefined) return { allowed: true, headers: {} };
    const now = clock.now();
    const { left, at } = buckets.get(method) ?? { left: perSecond, at: now };
    const full = Math.min(perSecond, left + ((now - at) / 1000) * perSecond);
    const allowed = full >= 1;
    const rest = allowed ? full - 1 : full;
    buckets.set(method, { left: rest, at: now });
    return {
      allowed,
      headers: {
        'x-ratelimit-remaining': String(Math.floor(rest)),
        'x-ratelimit-replenish-rate': String(perSecond),
      },
    };
  };
}
