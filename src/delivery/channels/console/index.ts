import type { Log } from '../../../log.js';
import type { Channel } from '../channel.js';

/**
 * Development only: the log is the phone. This line is the one place where a code and a whole number are shown;
 * the gateway refuses this channel in production.
 */
export function createConsoleChannel(log: Log): Channel {
  return {
    name: 'console',
    serves: () => true,
    carriesNotices: true,
    hasReceipts: false,
    isIdempotent: false,
    async send({ attemptId, phone, code, text }) {
      log.info({ event: 'console.message', phone, code, attemptId, text });
      return { outcome: 'accepted', providerId: null };
    },
  };
}
