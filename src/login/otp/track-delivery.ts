import type { OutgoingStatus } from '../../delivery/channels/green-api/webhook.js';
import { receiptOf } from '../../delivery/channels/green-api/results.js';
import { advanceDecoys } from '../../delivery/decoy/decoy-delivery.js';
import { scheduleStatusCheck, createPoll, createReceiveReceipt } from '../../delivery/log/receipts.js';
import type { ResilientChannel } from '../../delivery/send/resilient-channel.js';
import { type PeriodicTask, runPeriodically } from '../../run-periodically.js';
import { phoneFromWhatsApp } from '../../phone/whatsapp-phone.js';
import type { LoginDeps } from '../deps.js';
import type { Received } from '../whatsapp/receive.js';
import { createFailover } from './failover.js';

/** What follows a code after it was taken: receipts, told or asked for, and the next channel where none comes. */
export interface DeliveryTracking {
  /** A status that Green API's webhook told. @throws when the database cannot take it. */
  receiveStatus(status: OutgoingStatus): Promise<Received>;
  /** A hint that Kavenegar's message has moved on. @returns whether it is one of ours, and on its way. */
  scheduleStatusCheck(messageId: string): Promise<boolean>;
  /** Resolves when what is being sent has been written down. */
  stop(): Promise<void>;
}

/** Both ask one account, and their ids are of one series. */
const KAVENEGAR = ['kavenegar-verify', 'kavenegar-sms'] as const;
/** How late a failover, or a question to a provider, may be. */
const ROUND_MS = 1_000;

export function startDeliveryTracking(
  deps: LoginDeps,
  { channels }: { channels: ResilientChannel[] },
): DeliveryTracking {
  const { config, database, bus, audit, log } = deps;
  const idempotent = channels.filter(({ isIdempotent }) => isIdempotent).map(({ name }) => name);
  const longestWait = Math.max(...config.delivery.receiptTimeoutSeconds.values());
  const failover = createFailover(deps, idempotent, config.delivery.budgetSeconds + longestWait);
  const receive = createReceiveReceipt({
    database,
    audit,
    onChange(attemptId, { status }) {
      bus.publish(attemptId);
      if (status === 'FAILED' || status === 'UNDELIVERED') failovers.poke();
    },
  });

  const every = (round: string, act: () => Promise<void>): PeriodicTask =>
    runPeriodically(ROUND_MS, act, (error) => log.warn({ event: 'delivery.round_failed', round, error }));
  const failovers = every('failover', failover.round);
  // Each provider on its own: one that hangs keeps no other from being asked.
  const polls = new Map(
    channels.flatMap(({ name, receiptsOf }) =>
      receiptsOf ? [[name, every(`poll ${name}`, createPoll({ name, receiptsOf }, receive, database))] as const] : [],
    ),
  );
  const decoys =
    config.signUp === 'closed'
      ? every('decoys', async () => {
          for (const attemptId of await advanceDecoys(database)) bus.publish(attemptId);
        })
      : undefined;

  return {
    async receiveStatus({ idMessage, digits, status }) {
      const receipt = receiptOf(status);
      if (!receipt) return { outcome: 'ignored', reason: 'unknown_status' };
      const phone = digits && phoneFromWhatsApp(digits).e164;
      const found = await receive({ ...receipt, channels: ['green-api'], providerId: idMessage, phone });
      return found === 'recorded' ? { outcome: 'acted' } : { outcome: 'ignored', reason: 'nothing_new' };
    },
    async scheduleStatusCheck(messageId) {
      const ours = await scheduleStatusCheck([...KAVENEGAR], messageId, database);
      if (ours) for (const name of KAVENEGAR) polls.get(name)?.poke();
      return ours;
    },
    async stop() {
      // What is only asked for is not waited for: it is asked again, by whoever is there.
      for (const poll of polls.values()) void poll.stop();
      await Promise.all([failovers.stop(), decoys?.stop()]);
      await failover.settled();
    },
  };
}
