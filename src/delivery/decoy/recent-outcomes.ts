import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelName } from '../../config/config.js';
import type { Database } from '../../db/database.js';
import { statement } from '../../db/statement.js';
import { int4, nullable, text } from '../../db/types.js';
import type { Message, SendFailure, SendResult } from '../channels/channel.js';
import type { ResilientChannel } from '../send/resilient-channel.js';

/** Sends a message by a channel, or imitates that for a decoy. */
export type Send = (channel: ChannelName, message: Message, withinMs: number) => Promise<SendResult>;

/**
 * The recent answers of the channels, so that a decoy takes the same route in the same time as a real message (R10).
 */
export interface RecentOutcomes {
  record(channel: ChannelName, result: SendResult, latencyMs: number): void;
  /** Sends nothing, and returns the channel's recent answer. */
  replay: Send;
}

/** An older answer does not show what the channel would answer now. */
const RECENT_MS = 60_000;
/** Failures that concern one phone, not the channel. */
const OF_A_PHONE: ReadonlySet<SendFailure> = new Set(['invalid_number', 'not_on_channel']);

/** How long the channel took to answer for its latest delivered message, sent by any instance. */
const USUAL_LATENCY = statement({
  name: 'delivery/usual_latency_of_channel',
  sql: `
    SELECT latency_ms FROM sms_log WHERE channel = :channel AND delivered_at IS NOT NULL AND failure IS NULL
    ORDER BY delivered_at DESC LIMIT 1`,
  parameters: { channel: text },
  columns: { latency_ms: nullable(int4) },
});

export function createRecentOutcomes(deps: {
  channels: ReadonlyMap<ChannelName, Pick<ResilientChannel, 'refusal'>>;
  database: Database;
}): RecentOutcomes {
  const { channels, database } = deps;
  const answers = new Map<ChannelName, { result: SendResult; latencyMs: number; at: number }>();

  async function usualLatency(channel: ChannelName): Promise<number> {
    const [row] = await database.query(USUAL_LATENCY, { channel });
    return row?.latency_ms ?? 1;
  }

  return {
    record(channel, result, latencyMs) {
      if (result.outcome === 'failed' && OF_A_PHONE.has(result.failure)) return;
      answers.set(channel, { result, latencyMs, at: Date.now() });
    },
    async replay(channel, _message, withinMs) {
      const refused = await channels.get(channel)?.refusal();
      // The log must distinguish the failure of a decoy from a real one.
      if (refused) return { ...refused, detail: 'suppressed' };
      const last = answers.get(channel);
      await sleep(Math.min(withinMs, last?.latencyMs ?? (await usualLatency(channel))));
      const isRecent = last !== undefined && Date.now() - last.at < RECENT_MS;
      return isRecent && last.result.outcome === 'failed'
        ? { ...last.result, detail: 'suppressed' }
        : { outcome: 'accepted', providerId: null };
    },
  };
}
