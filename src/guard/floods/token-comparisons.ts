import { networkOf } from '../networks/networks-of.js';
import { createKeyedCounts } from './keyed-counts.js';
import { HELD_GUESSES, HELD_GUESSES_PER_NETWORK } from '../limits.js';
import type { WrongTokens } from './wrong-tokens.js';

/** Networks that sent the right token. A provider uses a few. The one that was not seen for longest makes room. */
const MAX_PROVIDER_NETWORKS = 100;

/** Decides whether the token of a webhook is compared with the right one. */
export interface TokenComparisons {
  mayCompare(ip: string): boolean;
  recordRight(ip: string): void;
  /** Takes a place for a guess whose answer is held back. @returns what gives it back; undefined when no place is free. */
  hold(ip: string): (() => void) | undefined;
}

/**
 * A right token is answered at once. So a client knows that its token is wrong as soon as no answer comes, and a late
 * answer alone does not slow it down: it closes the connection and opens the next one. Therefore a guess keeps its place
 * for its whole time, and without a free place no token of that network is compared. R14 in
 * docs/security/requirements.md states how many guesses remain.
 *
 * When the places of all networks are taken, the provider must still pass (R17): from a network that sent the right
 * token before, or that sent no wrong token in this minute. A network of the first kind still has its own places, so its
 * guesses are bounded too.
 */
export function createTokenComparisons(wrongTokens: Pick<WrongTokens, 'isKnown'>): TokenComparisons {
  const ofNetwork = createKeyedCounts(HELD_GUESSES_PER_NETWORK);
  const providerNetworks = new Set<string>();
  let held = 0;

  return {
    mayCompare(ip) {
      const network = networkOf(ip);
      if (ofNetwork.isFull(network)) return false;
      return held < HELD_GUESSES || providerNetworks.has(network) || !wrongTokens.isKnown(ip);
    },
    recordRight(ip) {
      const network = networkOf(ip);
      providerNetworks.delete(network);
      providerNetworks.add(network);
      if (providerNetworks.size <= MAX_PROVIDER_NETWORKS) return;
      const [oldest = ''] = providerNetworks;
      providerNetworks.delete(oldest);
    },
    hold(ip) {
      const network = networkOf(ip);
      if (held >= HELD_GUESSES && !providerNetworks.has(network)) return undefined;
      const leave = ofNetwork.acquire(network);
      if (!leave) return undefined;
      held += 1;
      return () => {
        held -= 1;
        leave();
      };
    },
  };
}
