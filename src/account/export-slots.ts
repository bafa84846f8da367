import { RateLimited } from '../guard/errors.js';
import { createKeyedCounts } from '../guard/floods/keyed-counts.js';
import { createTotalCount } from '../guard/floods/total-count.js';
import { EXPORTS_AT_ONCE } from '../guard/limits.js';

/** An export takes less than this. */
const RETRY_SECONDS = 5;

/** Limits the exports of an instance: one of each user at the same time, and a few of all users. */
export interface ExportSlots {
  /** @throws RateLimited when there is no slot */
  run<T>(userId: string, act: () => Promise<T>): Promise<T>;
}

export function createExportSlots(): ExportSlots {
  const ofUser = createKeyedCounts(1);
  const ofAll = createTotalCount(EXPORTS_AT_ONCE);
  return {
    async run(userId, act) {
      const leaveUser = ofUser.acquire(userId);
      const leaveAll = leaveUser && ofAll.acquire();
      try {
        if (!leaveAll) throw new RateLimited(RETRY_SECONDS, 'exports');
        return await act();
      } finally {
        leaveAll?.();
        leaveUser?.();
      }
    },
  };
}
