import { type Log } from '../log.js';
import { createLogThrottle } from '../log-throttle.js';

const LOG_INTERVAL_MS = 60_000;

/** Reports what strangers do too often, at most once a minute each. */
export interface FloodReports {
  /** A WhatsApp login was started in a flood of starts. */
  starts(): void;
  /** A WhatsApp message was not answered, because a limit is reached. */
  replies(): void;
}

export function createFloodReports({ log }: { log: Log }): FloodReports {
  const mayLogStart = createLogThrottle(LOG_INTERVAL_MS);
  const mayLogReply = createLogThrottle(LOG_INTERVAL_MS);
  return {
    starts() {
      const due = mayLogStart();
      if (due) log.warn({ event: 'whatsapp.starts_flooded', ...due });
    },
    replies() {
      const due = mayLogReply();
      if (due) log.warn({ event: 'whatsapp.reply_limited', ...due });
    },
  };
}
