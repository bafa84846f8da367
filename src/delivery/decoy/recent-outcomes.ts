import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelName } from '../../config/config.js';
import type { Database, Statement } from '../../db/database.js';
import type { ResilientChannel } from '../send/resilient-channel.js';
import type { Message, SendFailure, SendResult } from '../channels/channel.js';

/** Hands a message to a channel, or does as if. */
export type Send = (channel: ChannelName, message: Message, withinMs: number) => Promise<SendResult>;

/** How the channels lately answered, so that what is only seemingly sent takes the same way in the same time (R10). */
export interface RecentOutcomes {
  record(channel: ChannelName, result: SendResult, latencyMs: number): void;
  /** Sends nothing, and answers as the channel did. */
  replay: Send;
}

/** What it answered longer ago says nothing of what it would answer now. */
const RECENT_MS = 60_000;
/** These are about one phone, not about the channel. */
const OF_A_PHONE: ReadonlySet<SendFailure> = new Set(['invalid_number', 'not_on_channel']);

/** How long the channel took for the last message that arrived, by any instance. */
const USUAL_LATENCY: Statement = {
  name: 'usual_latency_of_channel',
  text: `
    SELECT latency_ms FROM sms_log WHERE channel = $1 AND delivered_at IS NOT NULL AND failure IS NULL
    ORDER BY delivered_at DESC LIMIT 1`,
};

export function createRecentOutcomes(
  channels: ReadonlyMap<ChannelName, Pick<ResilientChannel, 'refusal'>>,
  database: Database,
): RecentOutcomes {
  const answers = new Map<ChannelName, { result: SendResult; latencyMs: number; at: number }>();

  async function usualLatency(channel: ChannelName): Promise<number> {
    const [row] = await database.query<{ latency_ms: number | null }>(USUAL_LATENCY, [channel]);
    return row?.latency_ms ?? 1;
  }

  return {
    record(channel, result, latencyMs) {
      if (result.outcome === 'failed' && OF_A_PHONE.has(result.failure)) return;
      answers.set(channel, { result, latencyMs, at: Date.now() });
    },
    async replay(channel, _message, withinMs) {
      const refused = await channels.get(channel)?.refusal();
      if (refused) return { ...refused, detail: 'suppressed' }; // not to be taken for a real one in the log
      const last = answers.get(channel);
      await sleep(Math.min(withinMs, last?.latencyMs ?? (await usualLatency(channel))));
      const isRecent = last !== undefined && Date.now() - last.at < RECENT_MS;
      return isRecent && last.result.outcome === 'failed'
        ? { ...last.result, detail: 'suppressed' }
        : { outcome: 'accepted', providerId: null };
    },
  };
}
