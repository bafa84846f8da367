import { NOTIFICATIONS_PER_PHONE, NOTIFICATION_SHARES, SPEND_HOUR_SHARE } from '../limits.js';
import { type Budget, SCOPE, budget, sends } from './budget.js';
import { destinationBudgets, forKnownDevice, sendsOfChannel, sharedSpend, spend } from './destination-budgets.js';
import type { GuardConfig, PlannedMessage } from './planned-message.js';

/** A message that the gateway sends to a user by itself. */
export type NotificationPurpose = keyof typeof NOTIFICATIONS_PER_PHONE;

/** The subject that counts the notifications of one purpose to a phone. It must not be logged. */
export const notificationsToPhone = (phone: string, purpose: NotificationPurpose) =>
  `${phone} notifications ${purpose}`;

/**
 * The budgets of a notification. It has no code that could be used, so it is not counted as a message that was not used, and no
 * number of such messages keeps it from its user. What limits it is its number to the phone, its own part of the money and of the
 * messages of the channel, and the money of its destination, as for a known device. See docs/decisions/0058.
 */
export function budgetsOfNotification(
  { purpose, ...message }: PlannedMessage & { purpose: NotificationPurpose },
  config: GuardConfig,
): Budget[] {
  const { phone, channel } = message;
  const shares = NOTIFICATION_SHARES[purpose];
  const perPhone = sends(NOTIFICATIONS_PER_PHONE[purpose]);
  const ofPhone = budget('notificationsToPhone', notificationsToPhone(phone, purpose), perPhone);
  if (channel === 'console') return [ofPhone];
  const ofDestination = destinationBudgets(message, config)
    .filter(({ audience }) => audience !== 'user')
    .map((of): Budget => ({
      ...forKnownDevice(of, message, config),
      audience: 'all',
      ...(of.scope === SCOPE.channel ? sendsOfChannel(channel, shares.all, config) : {}),
      ...sharedSpend(of, shares, config),
    }));
  const byChannel = sendsOfChannel(channel, shares.own, config);
  return [
    ...ofDestination,
    ofPhone,
    ...(byChannel.day_sends === undefined
      ? []
      : [budget('notificationsByChannel', `notifications ${purpose} by ${channel}`, byChannel)]),
    budget(
      'allNotifications',
      `notifications ${purpose}`,
      spend({ share: shares.own, hourShare: SPEND_HOUR_SHARE }, config.spendPerDay),
    ),
  ];
}
