import type { Clock } from '../clock.js';

/** Counts the calls of each IP address within the provider's last second. Refused calls do not count. */
export function createRateLimit(clock: Clock) {
  const callTimes = new Map<string, number[]>();

  return (ipAddress: string, perSecond: number | undefined): boolean => {
    const now = clock.now();
    const recent = (callTimes.get(ipAddress) ?? []).filter((at) => now - at < 1000);
    const allowed = perSecond === undefined || recent.length < perSecond;
    callTimes.set(ipAddress, allowed ? [...recent, now] : recent);
    return allowed;
  };
}
