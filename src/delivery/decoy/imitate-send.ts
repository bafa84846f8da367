import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelName } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import type { Database } from '../../db/database.js';
import { type Accepted, type Message, type SendResult, failed } from '../channels/channel.js';
import type { ResilientChannel } from '../send/resilient-channel.js';
import { drawAnswer, drawOutcome } from './draw-outcome.js';
import { type RecentOutcome, createReadRecentMessages } from './recent-outcomes.js';
import { usualAnswers, usualOutcomes } from './usual-outcomes.js';

/** A decoy that the channel seems to have accepted, and what seems to become of it. */
export interface AcceptedDecoy extends Accepted {
  becomes: RecentOutcome;
}

/** Sends a message by a channel, or imitates that for a decoy. */
export type Send = (channel: ChannelName, message: Message, withinMs: number) => Promise<SendResult | AcceptedDecoy>;

/** How much the latest delay counts in the average. */
const LATENESS_WEIGHT = 0.1;

interface ImitationDeps {
  channels: ReadonlyMap<ChannelName, Pick<ResilientChannel, 'refusal'>>;
  database: Database;
  keyring: Keyring;
}

/**
 * Sends nothing. Answers like the channel, after a time that the channel could have taken: both are drawn from its
 * recent messages, so a decoy looks like any of them (R10). See docs/decisions/0037.
 */
export function createImitation({ channels, database, keyring }: ImitationDeps): Send {
  const readRecentMessages = createReadRecentMessages({ database });
  /** How late this process wakes up on average. A drawn time already contains one such delay. */
  let lateMs = 0;

  async function sleepUntil(at: number): Promise<void> {
    const waitMs = at - lateMs - performance.now();
    if (waitMs <= 0) return;
    await sleep(waitMs);
    lateMs = Math.max(0, lateMs + LATENESS_WEIGHT * (performance.now() - at));
  }

  return async (channel, { phone }, withinMs) => {
    const startedAt = performance.now();
    const refused = await channels.get(channel)?.refusal();
    if (refused) return refused;
    const { answers, outcomes } = await readRecentMessages(channel);
    const numberOf = (use: string) => numberOfPhone({ channel, phone, use }, keyring.current.decoy);
    const answer = drawAnswer(
      { recent: answers, usual: usualAnswers(channel), phone: numberOf('answer') },
      Math.random,
    );
    const becomes = drawOutcome(
      { recent: outcomes, usual: usualOutcomes(channel), phone: numberOf('outcome') },
      Math.random,
    );

    const timedOut = answer.failure === 'timeout' || answer.latencyMs > withinMs;
    const latencyMs = timedOut ? withinMs : answer.latencyMs;
    await sleepUntil(startedAt + latencyMs);
    if (timedOut) return failed('timeout', `no answer within ${withinMs} ms`);
    if (answer.failure !== null) return failed(answer.failure, answer.detail ?? '');
    return { outcome: 'accepted', providerId: null, becomes };
  };
}

/** A number from 0 to 1 that is always the same for a phone, and that nobody else can compute. */
function numberOfPhone(
  { channel, phone, use }: { channel: ChannelName; phone: string; use: string },
  key: Buffer,
): number {
  return createHmac('sha256', key).update(`${use}\n${channel}\n${phone}`).digest().readUInt32BE() / 2 ** 32;
}
