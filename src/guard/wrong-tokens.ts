import { networkOf } from './client-ip.js';
import { WRONG_TOKENS_PER_MINUTE, WRONG_TOKENS_PER_NETWORK_PER_MINUTE } from './limits.js';

const WINDOW_MS = 60_000;
/** Networks that are counted one by one. The count over all networks covers the others. */
const MAX_NETWORKS = 10_000;

export interface WrongTokenCount {
  /** Whether the sender is guessing: its network, or all networks together, sent too many wrong tokens in this minute. */
  isGuessing: boolean;
  /** Set for the first guess of a minute: what to report. Later ones in the same minute are not reported. */
  alarm?: { network: string; wrongTokens: number; ofAllNetworks: boolean };
}

/** Counts the wrong tokens of webhooks on this instance, by network and over all networks, in windows of one minute. */
export interface WrongTokens {
  count(ip: string): WrongTokenCount;
}

/**
 * A right token is never counted and never looked up here. So nobody can lock a provider out by sending wrong tokens, not
 * even from the provider's own address (R17).
 *
 * @param now the time in milliseconds
 */
export function createWrongTokens(now: () => number = Date.now): WrongTokens {
  const byNetwork = new Map<string, number>();
  let startedAt = now();
  let total = 0;
  let isReported = false;

  return {
    count(ip) {
      if (now() - startedAt >= WINDOW_MS) {
        byNetwork.clear();
        startedAt = now();
        total = 0;
        isReported = false;
      }
      const network = networkOf(ip);
      const ofNetwork = (byNetwork.get(network) ?? 0) + 1;
      if (byNetwork.has(network) || byNetwork.size < MAX_NETWORKS) byNetwork.set(network, ofNetwork);
      total += 1;
      const ofAllNetworks = total > WRONG_TOKENS_PER_MINUTE;
      if (ofNetwork <= WRONG_TOKENS_PER_NETWORK_PER_MINUTE && !ofAllNetworks) return { isGuessing: false };
      if (isReported) return { isGuessing: true };
      isReported = true;
      return {
        isGuessing: true,
        alarm: { network, wrongTokens: ofAllNetworks ? total : ofNetwork, ofAllNetworks },
      };
    },
  };
}
