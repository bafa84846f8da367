import type { Log } from '../log.js';
import { createKeyedLogThrottle } from '../log-throttle.js';
import { maskPhone } from '../phone/mask-phone.js';
import { networkOf } from './client-ip.js';
import type { GuardEvent } from './guard-event.js';
import { blockOf, rangeOf } from './phone-ranges.js';

/** An episode: the first block of a rule and subject in this time is an alarm. */
const EPISODE_MS = 3_600_000;
const REFUSALS_MS = 60_000;

/** Logs guard events. Strangers cause them, so a rule logs one alarm an hour for each subject, and one refusal a minute for each network. */
export function createGuardEventLog({ log }: { log: Log }): (event: GuardEvent) => void {
  const mayAlarm = createKeyedLogThrottle(EPISODE_MS);
  const mayLogRefusal = createKeyedLogThrottle(REFUSALS_MS);
  return (event) => {
    const { rule, action, country, channel, attemptId, until } = event;
    const phone = event.phone && maskPhone(event.phone);
    const network = event.ip && networkOf(event.ip);
    const fields = { rule, phone, network, country, channel, attemptId, until };
    if (action === 'blocked') {
      const subject = blockedSubject(event);
      const due = mayAlarm(`${rule} ${subject}`);
      log[due ? 'warn' : 'debug']({ event: 'guard.blocked', subject, ...fields, ...due });
      return;
    }
    const due = mayLogRefusal(`${rule} ${network}`);
    if (due) log.info({ event: 'guard.refused', action, ...fields, ...due });
  };
}

/** The subject whose budget is full: not the phone, because a rule that blocks is that of many phones. */
function blockedSubject({ rule, phone, country, channel }: GuardEvent): string | undefined {
  if (rule === 'block') return phone && blockOf(phone);
  if (rule === 'range') return phone && rangeOf(phone);
  if (rule === 'country') return country;
  return rule === 'channel' ? channel : undefined;
}
