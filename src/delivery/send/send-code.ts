import type { ChannelName, Config } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import type { Audit } from '../../events/audit.js';
import type { ChargeMessage } from '../../guard/budgets/charge-message.js';
import type { GuardEvents } from '../../guard/events/guard-events.js';
import { maskPhone } from '../../phone/mask-phone.js';
import { createImitation } from '../decoy/imitate-send.js';
import { createReadRecentMessages } from '../decoy/recent-outcomes.js';
import { insertDelivery } from '../log/sms-log.js';
import type { FindTemplate } from '../templates/template-cache.js';
import type { CodeMessage } from './code-message.js';
import { DeliveryFailed } from './delivery-failed.js';
import { type DeliveryPlan, createDeliveryPlan } from './delivery-plan.js';
import type { ResilientChannel } from './resilient-channel.js';
import { type FirstDelivery, type SendDeps, sendAlongRoute } from './send-along-route.js';

/**
 * Sends codes along a route of channels. After a channel has accepted a code, failed deliveries no longer end the
 * attempt: docs/decisions/0013.
 */
export interface CodeSender extends Pick<DeliveryPlan, 'routeFor' | 'overdueSeconds'> {
  /**
   * Writes the delivery of a resend, for `send`. `blockedBy`: the rule of the guard that makes it a decoy.
   *
   * @returns its ID.
   */
  createDelivery(message: CodeMessage, route: ChannelName[], decoy: Decoy): Promise<string>;
  /** Sends the code along the route. See `sendAlongRoute`. */
  send(message: CodeMessage, route: ChannelName[], first: FirstDelivery): Promise<ChannelName>;
}

interface Decoy {
  decoy: boolean;
  blockedBy: string | undefined;
}

export function createCodeSender(deps: {
  channels: ResilientChannel[];
  config: Config['delivery'];
  findTemplate: FindTemplate;
  database: Database;
  keyring: Keyring;
  chargeMessage: ChargeMessage;
  guardEvents: GuardEvents;
  audit: Audit;
}): CodeSender {
  const { database, keyring } = deps;
  const channels = new Map(deps.channels.map((channel) => [channel.name, channel]));
  const readRecentMessages = createReadRecentMessages({ database });
  const plan = createDeliveryPlan({ ...deps, readRecentMessages });
  const imitation = createImitation({ channels, readRecentMessages, keyring });
  const sendDeps: SendDeps = { ...deps, channels, plan, imitation };
  return {
    routeFor: plan.routeFor,
    overdueSeconds: plan.overdueSeconds,
    async createDelivery(message, route, { decoy, blockedBy }) {
      const delivery = plan.planDelivery(route, message, decoy);
      if (!delivery) throw new DeliveryFailed();
      const { attemptId, phone, country } = message;
      await insertDelivery(
        { ...delivery, blockedBy, attemptId, country, purpose: 'LOGIN_CODE', maskedPhone: maskPhone(phone) },
        { database },
      );
      return delivery.deliveryId;
    },
    send: (message, route, first) => sendAlongRoute({ message, route, ...first }, sendDeps),
  };
}
