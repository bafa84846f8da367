import { receiptOf } from '../../delivery/channels/green-api/results.js';
import type { OutgoingStatus } from '../../delivery/channels/green-api/webhook.js';
import type { WebhookReceipt } from '../../delivery/channels/provider.js';
import { createPoll, scheduleStatusCheck } from '../../delivery/log/poll-receipts.js';
import { configuredReceiptSeconds } from '../../delivery/send/delivery-plan.js';
import { createReceiveReceipt } from '../../delivery/log/receipts.js';
import type { ResilientChannel } from '../../delivery/send/resilient-channel.js';
import { type PeriodicTask, runPeriodically } from '../../run-periodically.js';
import type { LoginDeps } from '../create-login.js';
import type { WebhookOutcome } from '../webhook-outcome.js';
import { createFailover } from './failover.js';
import { findUnanswered } from './find-unanswered.js';

/**
 * Tracks codes after a channel has accepted them: receipts, polls of providers that send no receipts, and failovers.
 */
export interface DeliveryTracking {
  /** Applies a status from Green API's webhook. @throws when the database cannot record it. */
  receiveStatus(status: OutgoingStatus): Promise<WebhookOutcome>;
  /** Applies a receipt from the webhook of another provider. @throws when the database cannot record it. */
  receiveReceipt(receipt: WebhookReceipt): Promise<WebhookOutcome>;
  /** Polls a Kavenegar message at once. @returns false when no such message is under way. */
  scheduleStatusCheck(messageId: string): Promise<boolean>;
  /** Resolves when the outcome of every message that is being sent is recorded. */
  stop(): Promise<void>;
}

export interface DeliveryTrackingDeps extends Pick<
  LoginDeps,
  'config' | 'keyring' | 'database' | 'codeSender' | 'whatsAppAccount' | 'bus' | 'audit' | 'log'
> {
  channels: ResilientChannel[];
}

/** One account serves these channels, and their message IDs come from one series. */
const KAVENEGAR = ['kavenegar-verify', 'kavenegar-sms', 'kavenegar-call'] as const;
/**
 * The longest delay of a failover or a poll. A receipt starts no failover by itself: a client must not learn the moment at
 * which it arrived.
 */
const INTERVAL_MS = 1_000;

export function startDeliveryTracking(deps: DeliveryTrackingDeps): DeliveryTracking {
  const { channels, config, database, audit, log } = deps;
  const { receiptTimeoutSeconds } = config.delivery;
  const longestWait = Math.max(
    ...receiptTimeoutSeconds.values(),
    ...channels.map((channel) => configuredReceiptSeconds(channel.name, undefined, receiptTimeoutSeconds)),
  );
  const failover = createFailover({
    ...deps,
    idempotentChannels: channels.filter(({ isIdempotent }) => isIdempotent).map(({ name }) => name),
    overdueSeconds: config.delivery.budgetSeconds + longestWait,
  });
  const receive = createReceiveReceipt({ database, audit });

  const every = (round: string, act: () => Promise<void>): PeriodicTask =>
    runPeriodically(INTERVAL_MS, act, (error) => log.warn({ event: 'delivery.round_failed', round, error }));
  const failovers = every('failover', failover.runDue);
  // One task for each provider, so that a provider that hangs does not delay the others.
  const polls = new Map(
    channels.flatMap(({ name, receiptsOf }) =>
      receiptsOf
        ? [[name, every(`poll ${name}`, createPoll({ name, receiptsOf }, { receive, database }))] as const]
        : [],
    ),
  );

  return {
    async receiveStatus({ idMessage, digits, status }) {
      const receipt = receiptOf(status);
      if (!receipt) return { outcome: 'ignored', reason: 'unknown_status' };
      const ofMessage = { ...receipt, channels: ['green-api' as const], providerId: idMessage };
      if ((await receive(ofMessage)) === 'recorded') return { outcome: 'acted' };
      const deliveryId = digits && (await findUnanswered({ digits, idMessage }, deps));
      if (!deliveryId) return { outcome: 'ignored', reason: 'nothing_new' };
      const adopted = await receive({ ...ofMessage, deliveryId });
      return adopted === 'recorded' ? { outcome: 'acted' } : { outcome: 'ignored', reason: 'nothing_new' };
    },
    async receiveReceipt(receipt) {
      return (await receive(receipt)) === 'recorded'
        ? { outcome: 'acted' }
        : { outcome: 'ignored', reason: 'nothing_new' };
    },
    async scheduleStatusCheck(messageId) {
      const scheduled = await scheduleStatusCheck({ channels: [...KAVENEGAR], providerId: messageId }, { database });
      if (scheduled) for (const name of KAVENEGAR) polls.get(name)?.poke();
      return scheduled;
    },
    async stop() {
      // No need to wait for a poll: another instance, or the next start, polls again.
      for (const poll of polls.values()) void poll.stop();
      await failovers.stop();
      await failover.settled();
    },
  };
}
