import { limitedNetwork, networkOf } from '../../guard/networks/networks-of.js';
import { WATCHERS_PER_CLIENT } from '../../guard/limits.js';

/** The connections that watch attempts on this instance. */
export interface Watchers {
  /**
   * Adds a watcher of an attempt. `connection` is the same object for all operations of one WebSocket.
   *
   * @returns how to remove it; undefined when this connection watches the attempt already, or when the client's network
   *   has too many watchers of it
   */
  join(watcher: { attemptId: string; connection: object; ip: string }): (() => void) | undefined;
}

export function createWatchers(config: { production: boolean }): Watchers {
  const byAttempt = new Map<string, Set<{ connection: object; network: string }>>();
  return {
    join({ attemptId, connection, ip }) {
      const watchers = byAttempt.get(attemptId) ?? new Set();
      const network = networkOf(ip);
      let ofNetwork = 0;
      for (const watcher of watchers) {
        if (watcher.connection === connection) return undefined;
        if (watcher.network === network) ofNetwork += 1;
      }
      if (ofNetwork >= WATCHERS_PER_CLIENT && limitedNetwork(ip, config) !== null) return undefined;
      const watcher = { connection, network };
      byAttempt.set(attemptId, watchers.add(watcher));
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0 && byAttempt.get(attemptId) === watchers) byAttempt.delete(attemptId);
      };
    },
  };
}
