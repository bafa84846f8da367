import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelName } from '../../config/config.js';
import type { Keyring } from '../../config/keys.js';
import { type Accepted, type Message, type SendResult, failed } from '../channels/channel.js';
import type { ResilientChannel } from '../send/resilient-channel.js';
import { drawAnswer, drawOutcome } from './draw-outcome.js';
import type { ReadRecentMessages, RecentOutcome } from './recent-outcomes.js';
import { usualAnswers, usualOutcomes } from './usual-outcomes.js';

/** A decoy that the channel seems to have accepted, and what seems to become of it. */
export interface AcceptedDecoy extends Accepted {
  becomes: RecentOutcome;
}

/** Sends a message by a channel, or imitates that for a decoy. */
export type Send = (channel: ChannelName, message: Message, limits: SendLimits) => Promise<SendResult | AcceptedDecoy>;

export interface SendLimits {
  withinMs: number;
  /** No other channel follows. */
  isLastWay: boolean;
}

/** How much the latest delay counts in the average. */
const LATENESS_WEIGHT = 0.1;

/** Answers like a channel without sending anything. */
export interface Imitation {
  send: Send;
  /** Answers as if the channel had accepted the message, after a time since `startedAt` that it could have taken. */
  accept(
    channel: ChannelName,
    message: { phone: string },
    time: { startedAt: number; withinMs: number },
  ): Promise<AcceptedDecoy>;
}

interface ImitationDeps {
  channels: ReadonlyMap<ChannelName, Pick<ResilientChannel, 'refusal'>>;
  readRecentMessages: ReadRecentMessages;
  keyring: Keyring;
}

/**
 * Sends nothing. Answers like the channel, after a time that the channel could have taken: both are drawn from its
 * recent messages, so a decoy looks like any of them (R10). See docs/decisions/0037.
 */
export function createImitation({ channels, readRecentMessages, keyring }: ImitationDeps): Imitation {
  /** How late this process wakes up on average. A drawn time already contains one such delay. */
  let lateMs = 0;

  async function sleepUntil(at: number): Promise<void> {
    const waitMs = at - lateMs - performance.now();
    if (waitMs <= 0) return;
    await sleep(waitMs);
    lateMs = Math.max(0, lateMs + LATENESS_WEIGHT * (performance.now() - at));
  }

  async function draw(channel: ChannelName, phone: string, { onlyAccepted }: { onlyAccepted: boolean }) {
    const { answers, outcomes } = await readRecentMessages(channel);
    const numberOf = (use: string) => numberOfPhone({ channel, phone, use }, keyring.current.decoy);
    const recent = onlyAccepted ? answers.filter(({ failure }) => failure === null) : answers;
    return {
      answer: drawAnswer({ recent, usual: usualAnswers(channel), phone: numberOf('answer') }, Math.random),
      becomes: drawOutcome(
        { recent: outcomes, usual: usualOutcomes(channel), phone: numberOf('outcome') },
        Math.random,
      ),
    };
  }

  return {
    async send(channel, { phone }, { withinMs, isLastWay }) {
      const startedAt = performance.now();
      const refused = await channels.get(channel)?.refusal({ isLastWay });
      if (refused) return refused;
      const { answer, becomes } = await draw(channel, phone, { onlyAccepted: false });
      const timedOut = answer.failure === 'timeout' || answer.latencyMs > withinMs;
      const latencyMs = timedOut ? withinMs : answer.latencyMs;
      await sleepUntil(startedAt + latencyMs);
      // The detail of a recent message says whether it may have been sent when its time ended.
      const ended = (answer.failure === 'timeout' ? answer.detail : null) ?? `no answer within ${withinMs} ms`;
      if (timedOut) return failed('timeout', ended);
      if (answer.failure !== null) return failed(answer.failure, answer.detail ?? '');
      return { outcome: 'accepted', providerId: null, becomes };
    },
    async accept(channel, { phone }, { startedAt, withinMs }) {
      const { answer, becomes } = await draw(channel, phone, { onlyAccepted: true });
      await sleepUntil(startedAt + Math.min(answer.latencyMs, withinMs));
      return { outcome: 'accepted', providerId: null, becomes };
    },
  };
}

/** A number from 0 to 1 that is always the same for a phone, and that nobody else can compute. */
function numberOfPhone(
  { channel, phone, use }: { channel: ChannelName; phone: string; use: string },
  key: Buffer,
): number {
  return createHmac('sha256', key).update(`${use}\n${channel}\n${phone}`).digest().readUInt32BE() / 2 ** 32;
}
