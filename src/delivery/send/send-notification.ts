import type { CountryCode } from 'libphonenumber-js/max';
import { v7 as uuidv7 } from 'uuid';
import type { ChannelName, Config } from '../../config/config.js';
import { routeFor } from '../../config/route.js';
import type { Database } from '../../db/database.js';
import type { DeliveryPurpose } from '../../db/prisma/client.js';
import type { Audit } from '../../events/audit.js';
import type { ChargeMessage } from '../../guard/budgets/charge-message.js';
import { giveBack } from '../../guard/budgets/give-back.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { withoutAbsentChannels } from '../log/absent-channels.js';
import { recordAccepted } from '../log/record-accepted.js';
import { recordFailed } from '../log/record-failed.js';
import { type SendRecord, insertDeliveryToUser } from '../log/sms-log.js';
import { fillIn } from '../templates/render-template.js';
import type { FindTemplate } from '../templates/template-cache.js';
import { isFree } from '../channels/channel-list.js';
import { failed, mayHaveBeenSent } from '../channels/channel.js';
import { type ResilientChannel, isOfProvider } from './resilient-channel.js';

/** A message that a user must get, for example that the phone of their account was changed. */
export interface Notification {
  purpose: Exclude<DeliveryPurpose, 'LOGIN_CODE'>;
  userId: string;
  /** E.164. */
  phone: string;
  country: CountryCode | undefined;
  locale: string;
  /** Values for the placeholders of the template. */
  values: Record<string, string>;
}

/**
 * Sends a notification by the cheapest channel that carries notifications and accepts it. Never throws,
 * because the event has already happened, and a message that fails does not undo it.
 */
export type SendNotification = (notification: Notification) => Promise<void>;

interface NotificationDeps {
  channels: ResilientChannel[];
  config: Config['delivery'];
  findTemplate: FindTemplate;
  chargeMessage: ChargeMessage;
  database: Database;
  audit: Audit;
}

export function createSendNotification(deps: NotificationDeps): SendNotification {
  const { config, audit } = deps;
  const carrying = deps.channels.filter(({ carriesNotifications }) => carriesNotifications);
  const byName = new Map(carrying.map((channel) => [channel.name, channel]));

  async function sendAlongRoute(notification: Notification): Promise<void> {
    const fields = { purpose: notification.purpose, phone: maskPhone(notification.phone) };
    const { phone, country } = notification;
    const route = await withoutAbsentChannels({ phone, route: cheapestFirst(country, config, carrying) }, deps);
    for (const name of route) {
      const channel = byName.get(name);
      if (!channel) continue;
      const sent = await sendBy(channel, notification, deps);
      if (sent === 'user_erased') return;
      const { deliveryId, failure, isLast } = sent;
      if (failure === undefined)
        return audit.info({ event: 'notification.sent', deliveryId, channel: name, ...fields });
      audit.warn({ event: 'notification.send_failed', deliveryId, channel: name, failure, ...fields });
      if (isLast) break;
    }
    audit.warn({ event: 'notification.failed', ...fields });
  }

  return (notification) =>
    sendAlongRoute(notification).catch((error: unknown) =>
      audit.warn({ event: 'notification.failed', purpose: notification.purpose, error }),
    );
}

/**
 * The channels of the country's route, the free ones first: a message by WhatsApp costs nothing, an SMS does. An
 * operator leaves WhatsApp out of a route where it does not reach the users.
 */
function cheapestFirst(
  country: CountryCode | undefined,
  { routes }: Pick<Config['delivery'], 'routes'>,
  configured: readonly ResilientChannel[],
): ChannelName[] {
  const rank = (name: ChannelName) => (isFree(name) ? 0 : 1);
  return routeFor(country, routes, configured).toSorted((one, other) => rank(one) - rank(other));
}

async function sendBy(
  channel: ResilientChannel,
  { userId, purpose, phone, country, locale, values }: Notification,
  { config, findTemplate, chargeMessage, database }: NotificationDeps,
): Promise<{ deliveryId: string; failure?: string; isLast?: boolean } | 'user_erased'> {
  const template = await findTemplate({ purpose, channel: channel.name, locale, country });
  const deliveryId = uuidv7();
  const delivery = {
    deliveryId,
    userId,
    channel: channel.name,
    maskedPhone: maskPhone(phone),
    country,
    purpose,
    locale,
  };
  if (!(await insertDeliveryToUser(delivery, { database }))) return 'user_erased';
  const text = fillIn(template.body, { ...values, service: config.serviceName });
  const startedAt = performance.now();
  const message = { deliveryId, attemptId: deliveryId, phone, code: '', text, providerTemplate: undefined };
  const planned = {
    attemptId: null,
    phone,
    country,
    channel: channel.name,
    clientIp: null,
    decoy: false,
    occasion: purpose,
  } as const;
  const { charge, blockedBy, blockedOnAnyChannel } = await chargeMessage(planned);
  const result =
    blockedBy === undefined
      ? await channel.send(message, config.channelTimeoutSeconds * 1000)
      : failed('rate_limited', `budget: ${blockedBy}`);
  const record: SendRecord = {
    deliveryId,
    template: `${template.channel}/${template.locale}`,
    locale: template.locale,
    latencyMs: performance.now() - startedAt,
    watched: false,
  };
  if (result.outcome === 'failed') {
    if (!mayHaveBeenSent(result))
      await giveBack({ charge, attemptId: null, providerDown: isOfProvider(result) }, { database });
    await recordFailed({ record, result, next: undefined, blockedBy }, { database });
    return { deliveryId, failure: result.failure, isLast: blockedOnAnyChannel };
  }
  const followUp = { receiptSeconds: 0, polled: channel.receiptsOf !== undefined };
  await recordAccepted({ record, result, followUp }, { database });
  return { deliveryId };
}
