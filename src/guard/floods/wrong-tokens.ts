import { createLogThrottle } from '../../log-throttle.js';
import { networkOf } from '../networks/networks-of.js';
import { WRONG_TOKENS_PER_MINUTE, WRONG_TOKENS_PER_NETWORK_PER_MINUTE } from '../limits.js';

const WINDOW_MS = 60_000;
/** Networks that are counted one by one. The count over all networks covers the others. */
export const MAX_NETWORKS = 10_000;

export interface WrongTokenCount {
  /** Whether the sender is guessing: its network, or all networks together, sent too many wrong tokens in this minute. */
  isGuessing: boolean;
  /** What to report. Set once a minute at most. */
  alarm?: { network: string; wrongTokens: number; ofAllNetworks: boolean };
}

/** Counts the wrong tokens of webhooks on this instance, by network and over all networks, in windows of one minute. */
export interface WrongTokens {
  count(ip: string): WrongTokenCount;
  /** Whether the network sent a wrong token in this minute. True for every network when more did than are counted. */
  isKnown(ip: string): boolean;
}

/** @param now the time in milliseconds */
export function createWrongTokens(now: () => number = Date.now): WrongTokens {
  const byNetwork = new Map<string, number>();
  const mayReport = createLogThrottle(WINDOW_MS, now);
  let startedAt = now();
  let total = 0;

  function startWindow(): void {
    if (now() - startedAt < WINDOW_MS) return;
    byNetwork.clear();
    startedAt = now();
    total = 0;
  }

  return {
    count(ip) {
      startWindow();
      const network = networkOf(ip);
      const ofNetwork = (byNetwork.get(network) ?? 0) + 1;
      if (byNetwork.has(network) || byNetwork.size < MAX_NETWORKS) byNetwork.set(network, ofNetwork);
      total += 1;
      const ofAllNetworks = total > WRONG_TOKENS_PER_MINUTE;
      if (ofNetwork <= WRONG_TOKENS_PER_NETWORK_PER_MINUTE && !ofAllNetworks) return { isGuessing: false };
      if (!mayReport()) return { isGuessing: true };
      return {
        isGuessing: true,
        alarm: { network, wrongTokens: ofAllNetworks ? total : ofNetwork, ofAllNetworks },
      };
    },
    isKnown(ip) {
      startWindow();
      return byNetwork.size >= MAX_NETWORKS || byNetwork.has(networkOf(ip));
    },
  };
}
