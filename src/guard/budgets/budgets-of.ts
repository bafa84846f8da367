import {
  NETWORK_EASE,
  RESERVE_PER_NETWORK,
  SENDS_ON_KNOWN_DEVICES,
  SENDS_PER_NETWORK,
  SENDS_PER_PHONE,
  SPEND_ON_KNOWN_DEVICES,
  UNVERIFIED_PER_NETWORK,
} from '../limits.js';
import { kindOfNetwork } from '../networks/networks-of.js';
import { type Budget, type Limits, RESERVE_MARK, SCOPE, budget, sends, unverified, withoutLimits } from './budget.js';
import { destinationBudgets, forKnownDevice } from './destination-budgets.js';
import { type GuardConfig, type PlannedMessage, costOf } from './planned-message.js';

/**
 * The budgets that a message is charged to, and their limits, in the order in which their rows are locked (see
 * docs/decisions/0042). The console channel costs nothing and reaches nobody, so only the budgets of the phone, the device
 * and the networks count.
 */
export function budgetsOf(message: PlannedMessage, config: GuardConfig): Budget[] {
  const { phone, networks, mayBeKnown, channel } = message;
  const widest = networks.at(-1);
  const strangers = [
    budget('phone', phone, { audience: 'stranger', ...sends(SENDS_PER_PHONE), ease: 2 }),
    ...(widest === undefined
      ? []
      : [budget('phone', `${phone}${RESERVE_MARK}${widest}`, { audience: 'reserve', ...sends(RESERVE_PER_NETWORK) })]),
    ...networks.map((subject, index) => networkBudget(subject, index)),
    ...(channel === 'console' ? [] : destinationBudgets(message, config)),
  ];
  if (!mayBeKnown) return strangers;
  const own = budget('device', KNOWN_DEVICES, {
    audience: 'known',
    ...sends(SENDS_ON_KNOWN_DEVICES),
    ...spendOnKnownDevices(costOf(message, config), config),
  });
  return [own, ...strangers, ...strangers.filter(isShared).map((of) => forKnownDevice(of, message, config))];
}

/** What a message of this price may have cost the known devices of a phone in a day: see docs/decisions/0081. */
export const spendOnKnownDevices = (cost: number, { spendPerDay }: Pick<GuardConfig, 'spendPerDay'>): Limits => ({
  day_cost: Math.max(
    Math.round(spendPerDay * 1_000_000 * SPEND_ON_KNOWN_DEVICES.share),
    SPEND_ON_KNOWN_DEVICES.messages * cost,
    1,
  ),
});

/**
 * The same budgets without limits for the client: of a failover, which no client has just requested. The phone, or the
 * device, and the networks are charged, because the message goes to the one for the others. The money of the known devices blocks it: a
 * request by a channel that costs nothing would otherwise have any number of paid messages follow it.
 */
export const budgetsOfFailover = (budgets: Budget[]): Budget[] =>
  budgets.map(({ day_cost, ...of }) => {
    if (of.blocks) return day_cost === undefined ? of : { ...of, day_cost };
    return day_cost === undefined ? withoutLimits(of) : { ...withoutLimits(of), blocks: true, day_cost };
  });

/** Stands for the known devices of the phone. Only the statement finds out whether the client is one. */
const KNOWN_DEVICES = 'device';

function networkBudget(subject: string, index: number): Budget {
  const scope = kindOfNetwork(index);
  const limits = { ...unverified(UNVERIFIED_PER_NETWORK[scope]), ...sends(SENDS_PER_NETWORK[scope]) };
  return budget(scope, subject, { audience: 'stranger', ...limits, ease: NETWORK_EASE });
}

const isShared = ({ scope, audience }: Budget) => scope !== SCOPE.phone && audience !== 'user';
