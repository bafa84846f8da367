import type { Clock } from '../clock.js';

/** Counts the calls of each address over the last second of the provider's. Refused ones do not count. */
export function createLimiter(clock: Clock) {
  const taken = new Map<string, number[]>();

  return {
    admits(address: string, perSecond: number | undefined): boolean {
      const now = clock.now();
      const recent = (taken.get(address) ?? []).filter((at) => now - at < 1000);
      const admitted = perSecond === undefined || recent.length < perSecond;
      taken.set(address, admitted ? [...recent, now] : recent);
      return admitted;
    },
  };
}

export type Limiter = ReturnType<typeof createLimiter>;
