import type { Clock } from '../clock.js';
import { METHODS, type Method } from './method-table.js';

/** `false` turns all limits off. A number replaces the published limit of a method. */
export type Limits = false | Partial<Record<Method, number>>;

/** A token bucket for each method, which holds the calls of one second and refills evenly. */
export function createRateLimits(clock: Clock, limits: Limits) {
  const buckets = new Map<Method, { left: number; at: number }>();

  /** Counts a call. @returns whether it is allowed, and the headers of its answer */
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
