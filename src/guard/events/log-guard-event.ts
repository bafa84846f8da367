import type { Log } from '../../log.js';
import { createKeyedLogThrottle } from '../../log-throttle.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { networkOf } from '../networks/networks-of.js';
import type { GuardAlarms } from './guard-alarms.js';
import type { GuardEvent } from './guard-event.js';

const REFUSALS_MS = 60_000;

/**
 * Logs guard events. Strangers cause them, so a rule logs one alarm an episode for each subject, over all instances, and one refusal a
 * minute for each network.
 */
export function createGuardEventLog({
  guardAlarms,
  log,
}: {
  guardAlarms: Pick<GuardAlarms, 'raiseBlocked'>;
  log: Log;
}): (event: GuardEvent) => void {
  const mayLogRefusal = createKeyedLogThrottle(REFUSALS_MS);
  return (event) => {
    const { rule, action, country, channel, attemptId, until } = event;
    const phone = event.phone && maskPhone(event.phone);
    // The subject of a phone's own budget begins with the phone, which the log must not contain.
    const subject = event.phone !== undefined && event.subject?.startsWith(event.phone) ? undefined : event.subject;
    const network = event.ip && networkOf(event.ip);
    const fields = { rule, phone, network, country, channel, attemptId, until };
    if (action === 'blocked') {
      const line = { event: 'guard.blocked', subject, ...fields } as const;
      // A number that does not exist is a mistake of its client, and no alarm.
      if (rule === 'unknown_number') log.debug(line);
      else guardAlarms.raiseBlocked({ rule, subject }, (begins) => log[begins ? 'warn' : 'debug'](line));
      return;
    }
    const due = mayLogRefusal(`${rule} ${network}`);
    if (due) log.info({ event: 'guard.refused', action, ...fields, ...due });
  };
}
