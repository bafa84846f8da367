import { receiptOf } from '../../delivery/channels/green-api/results.js';
import type { OutgoingStatus } from '../../delivery/channels/green-api/webhook.js';
import type { WebhookReceipt } from '../../delivery/channels/provider.js';
import { createPoll, scheduleStatusCheck } from '../../delivery/log/poll-receipts.js';
import { createReceiveReceipt } from '../../delivery/log/receipts.js';
import type { ResilientChannel } from '../../delivery/send/resilient-channel.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import { type PeriodicTask, runPeriodically } from '../../run-periodically.js';
import type { LoginDeps } from '../create-login.js';
import type { WebhookOutcome } from '../webhook-outcome.js';
import { createFailover } from './failover.js';

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
  'config' | 'keyring' | 'database' | 'codeSender' | 'bus' | 'audit' | 'log'
> {
  channels: ResilientChannel[];
}

/** One account serves both channels, and their message IDs come from one series. */
const KAVENEGAR = ['kavenegar-verify', 'kavenegar-sms'] as const;
/**
 * The longest delay of a failover or a poll. A receipt starts no failover by itself: a client must not learn the moment at
 * which it arrived.
 */
const INTERVAL_MS = 1_000;

export function startDeliveryTracking(deps: DeliveryTrackingDeps): DeliveryTracking {
  const { channels, config, database, audit, log } = deps;
  const longestWait = Math.max(...config.delivery.receiptTimeoutSeconds.values());
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
      const phone = digits && phoneFromWhatsApp(digits).e164;
      const found = await receive({ ...receipt, channels: ['green-api'], providerId: idMessage, phone });
      return found === 'recorded' ? { outcome: 'acted' } : { outcome: 'ignored', reason: 'nothing_new' };
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
