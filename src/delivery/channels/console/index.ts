import type { Log } from '../../../log.js';
import type { Channel } from '../channel.js';

/**
 * For development: writes the message to the log instead of sending it. This is the only log event with a code and a
 * whole phone number. The configuration refuses this channel in production.
 */
export function createConsoleChannel({ log }: { log: Log }): Channel {
  return {
    name: 'console',
    serves: () => true,
    carriesNotifications: true,
    hasReceipts: false,
    isIdempotent: false,
    async send({ attemptId, phone, code, text }) {
      log.info({ event: 'console.message', phone, code, attemptId, text });
      return { outcome: 'accepted', providerId: null };
    },
  };
}
