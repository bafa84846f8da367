import type { OutgoingStatus } from '../../delivery/channels/green-api/webhook.js';
import { receiptOf } from '../../delivery/channels/green-api/results.js';
import { pretendReceipts } from '../../delivery/pretend.js';
import { askSoon, createPoll, createReceiveReceipt } from '../../delivery/receipts.js';
import type { ResilientChannel } from '../../delivery/resilient.js';
import { type Repeated, repeat } from '../../repeat.js';
import { phoneFromWhatsApp } from '../../users/phone.js';
import type { LoginRooms } from '../login.js';
import type { Received } from '../whatsapp/receive.js';
import { createFailOver } from './failover.js';

/** What follows a code after it was taken: receipts, told or asked for, and the next channel where none comes. */
export interface Following {
  /** A status that Green API's webhook told. @throws when the database cannot take it. */
  receiveStatus(status: OutgoingStatus): Promise<Received>;
  /** A hint that Kavenegar's message has moved on. @returns whether it is one of ours, and on its way. */
  askKavenegar(messageId: string): Promise<boolean>;
  /** Resolves when what is being sent has been written down. */
  stop(): Promise<void>;
}

/** How late a failover, or a question to a provider, may be. */
const ROUND_MS = 1_000;

export function startFollowing(rooms: LoginRooms, channels: ResilientChannel[]): Following {
  const { config, database, bus, log } = rooms;
  const idempotent = channels.filter(({ isIdempotent }) => isIdempotent).map(({ name }) => name);
  const longestWait = Math.max(...config.delivery.receiptTimeoutSeconds.values());
  const failOver = createFailOver(rooms, idempotent, config.delivery.budgetSeconds + longestWait);
  const receive = createReceiveReceipt({
    database,
    log,
    onChange(attemptId, { state }) {
      bus.announce(attemptId);
      if (state === 'FAILED' || state === 'UNDELIVERED') failovers.poke();
    },
  });
  const poll = createPoll(channels, receive, database);

  function every(round: string, act: () => Promise<void>): Repeated {
    let failing = false; // told once, not every second
    return repeat(ROUND_MS, () =>
      act().then(
        () => void (failing = false),
        (error: unknown) => {
          if (!failing) log.warn({ event: 'delivery.round_failed', round, error });
          failing = true;
        },
      ),
    );
  }
  const failovers = every('failover', failOver.round);
  const polls = every('poll', async () => {
    await poll();
    if (config.signUp === 'closed') for (const attemptId of await pretendReceipts(database)) bus.announce(attemptId);
  });

  return {
    async receiveStatus({ idMessage, digits, status }) {
      const receipt = receiptOf(status);
      if (!receipt) return { outcome: 'ignored', reason: 'unknown_status' };
      const phone = digits && phoneFromWhatsApp(digits).e164;
      const found = await receive({ ...receipt, channels: ['green-api'], providerId: idMessage, phone });
      return found === 'recorded' ? { outcome: 'acted' } : { outcome: 'ignored', reason: 'nothing_new' };
    },
    async askKavenegar(messageId) {
      const ours = await askSoon(['kavenegar-verify', 'kavenegar-sms'], messageId, database);
      if (ours) polls.poke();
      return ours;
    },
    async stop() {
      await Promise.all([failovers.stop(), polls.stop()]);
      await failOver.settled();
    },
  };
}
